// Deletions: what the program no longer names, what was replaced, what a replacement takes with it, and whole stacks.
import { dependentsOf, removeInOrder, standsOn } from "./graph.ts";
import { isProvider, nameOf, type ResourceState } from "./model.ts";
import type { Run } from "./run.ts";
import { protectedRefusal } from "./steps.ts";
import { unknown, type Properties } from "./values.ts";

/** Deletes, after the program has ended, whatever it did not register and whatever was replaced. */
export async function removeLeftovers(run: Run): Promise<void> {
  await adoptInterrupted(run);
  await removeAll(
    run,
    run.store.resources.filter((resource) => resource.condemned || !run.seen.has(resource.urn)),
  );
}

/** Deletes everything in the stack, or everything but what is protected and what that stands on. */
export async function removeStack(run: Run, excludeProtected: boolean): Promise<void> {
  await adoptInterrupted(run);
  const { resources } = run.store;
  const kept = new Set<ResourceState>();
  const keep = (resource: ResourceState): void => {
    if (kept.has(resource)) return;
    kept.add(resource);
    resources.filter((other) => standsOn(resource, other)).forEach(keep);
  };
  if (excludeProtected) resources.filter((resource) => resource.protect && !resource.condemned).forEach(keep);
  if (kept.size) run.log("info", describeKept([...kept]));
  await removeAll(
    run,
    resources.filter((resource) => !kept.has(resource)),
  );
}

function describeKept(kept: ResourceState[]): string {
  const names = (resources: ResourceState[]) => resources.map(({ urn }) => nameOf(urn)).join(", ");
  const needed = kept.filter(({ protect, custom, type }) => !protect && custom && !isProvider(type));
  const because = `kept, because protected: ${names(kept.filter(({ protect }) => protect))}`;
  return needed.length > 0 ? `${because}; because those need it: ${names(needed)}` : because;
}

async function removeAll(run: Run, doomed: ResourceState[]): Promise<void> {
  const refusal = protectedRefusal(
    doomed.filter((resource) => !resource.condemned),
    "delete",
  );
  if (refusal) return run.fail(refusal.message);
  const { kept } = await removeInOrder(doomed, (resource) => remove(run, resource));
  const skipped = kept.filter((resource) => !run.failures.some((failure) => failure.includes(resource.urn)));
  if (skipped.length && !run.signal.aborted) {
    run.log(
      "warning",
      `kept, because of what still stands on them: ${skipped.map(({ urn }) => urn).join(", ")}`,
    );
  }
}

/** Deletes one resource, and answers whether it is gone. A failure is recorded with the run. */
async function remove(run: Run, resource: ResourceState): Promise<boolean> {
  if (run.signal.aborted) return false;
  const part = resource.condemned === true || run.replaced.has(resource.urn);
  try {
    if (!resource.custom || resource.external || isProvider(resource.type)) {
      const shown = resource.custom && !resource.external;
      if (shown) await run.step({ op: "delete", resource, part }, () => Promise.resolve());
      run.store.remove(resource);
      return true;
    }
    await run.step({ op: "delete", resource, part }, async () => {
      if (!run.dryRun) await deleteByProvider(run, resource);
      run.store.remove(resource);
    });
    return true;
  } catch (error) {
    run.fail(`${resource.urn}: ${(error as Error).message}`);
    return false;
  }
}

async function deleteByProvider(run: Run, resource: ResourceState): Promise<void> {
  const finish = run.store.begin({ kind: "delete", resource });
  const client = await run.providers.for(resource.type, resource.provider);
  await client.delete(run.subject(resource), {
    inputs: resource.inputs,
    outputs: resource.outputs,
    ...run.change(resource.urn),
  });
  finish();
}

/**
 * Deletes a resource that must go before its replacement can be made, and first what stands on it and cannot
 * stay: those whose provider would replace them too once the inputs taken from it are no longer known.
 */
export async function removeForReplacement(run: Run, resource: ResourceState): Promise<void> {
  const doomed = [resource];
  const unsettled = new Set([resource.urn]);
  for (const dependent of dependentsOf(resource.urn, run.store.resources)) {
    if (dependent.condemned || run.seen.has(dependent.urn) || !(await goesAlong(run, dependent, unsettled)))
      continue;
    doomed.push(dependent);
    unsettled.add(dependent.urn);
  }
  const refusal = protectedRefusal(doomed, "replace");
  if (refusal) throw refusal;
  for (const { urn } of doomed) run.replaced.add(urn);
  const failures = run.failures.length;
  const { kept } = await removeInOrder(doomed, (one) => remove(run, one));
  if (!kept.length) return;
  if (run.signal.aborted) throw new Error("interrupted before it could be replaced");
  throw new Error(
    `could not be replaced, because the old one was not deleted: ${run.failures.slice(failures).join("; ")}`,
  );
}

async function goesAlong(
  run: Run,
  dependent: ResourceState,
  unsettled: ReadonlySet<string>,
): Promise<boolean> {
  if (!dependent.custom || dependent.external || isProvider(dependent.type)) return false;
  const open = Object.entries(dependent.propertyDependencies)
    .filter(([, urns]) => urns.some((urn) => unsettled.has(urn)))
    .map(([key]) => key);
  if (!open.length) return false;
  const newInputs: Properties = {
    ...dependent.inputs,
    ...Object.fromEntries(open.map((key) => [key, unknown])),
  };
  const client = await run.providers.for(dependent.type, dependent.provider);
  const { replaces } = await client.diff(run.subject(dependent), {
    oldInputs: dependent.inputs,
    oldOutputs: dependent.outputs,
    newInputs,
    ignoreChanges: [],
  });
  return replaces.length > 0;
}

/**
 * A creation that was interrupted, and that the program has not repeated: it no longer names it, or has gone back to the one
 * that it was to replace. Whether it exists is unknown, so it is created again (creations can be repeated) to be deleted.
 */
async function adoptInterrupted(run: Run): Promise<void> {
  if (run.dryRun) return;
  const lost = run.store.pending.filter(({ kind }) => kind === "create");
  for (const { resource } of lost) {
    if (run.signal.aborted) return;
    try {
      const client = await run.providers.for(resource.type, resource.provider);
      const { id, outputs } = await client.create(run.subject(resource), {
        inputs: resource.inputs,
        ...run.change(resource.urn),
      });
      run.record({ ...resource, id, outputs, ...(run.seen.has(resource.urn) && { condemned: true }) });
    } catch (error) {
      run.log(
        "warning",
        `${resource.urn} was being created when the last run was interrupted, and cannot be found again ` +
          `(${(error as Error).message}): if it exists, delete it by hand`,
      );
    }
    run.store.settle(resource.urn, "create");
  }
}
