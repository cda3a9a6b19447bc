// Compares the record with what is there: what is gone leaves the state, what was changed is recorded as it is now.
import { isProvider, type ResourceState } from "./model.ts";
import { differences } from "./paths.ts";
import type { Run } from "./run.ts";

/** Refreshes every resource that a provider knows, all at the same time. */
export async function refreshAll(run: Run): Promise<void> {
  const known = run.store.resources.filter(
    ({ custom, external, type }) => custom && !external && !isProvider(type),
  );
  // One that fails gets no answer, as a program's request would: the run ends then.
  const all = Promise.all(known.map((resource) => run.request(() => refreshResource(run, resource))));
  await Promise.race([all, run.stopped]);
}

/** Refreshes one resource, and returns its new record, or undefined when it is gone. */
export async function refreshResource(run: Run, resource: ResourceState): Promise<ResourceState | undefined> {
  const client = await run.providers.for(resource.type, resource.provider);
  let found;
  try {
    found = await client.read(run.subject(resource), { inputs: resource.inputs, outputs: resource.outputs });
  } catch (error) {
    throw new Error(`${resource.urn} could not be read: ${(error as Error).message}`, { cause: error });
  }
  run.store.settle(resource.urn, "delete");
  if (!found) {
    await run.step({ op: "refresh", resource, gone: true }, () =>
      Promise.resolve(run.store.remove(resource)),
    );
    return undefined;
  }
  const current = { ...resource, ...found };
  const changes = differences(resource.inputs, current.inputs);
  if (!changes.length) {
    run.record(current, resource);
    return current;
  }
  await run.step({ op: "refresh", resource, changes }, () => Promise.resolve(run.record(current, resource)));
  return current;
}
