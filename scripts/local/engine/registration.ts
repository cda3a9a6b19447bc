// Carries out what the program registers: check, difference, step, and the record of what came of it.
import { isProvider, type Goal, type ResourceState } from "./model.ts";
import type { Registered } from "./monitor.ts";
import { keepRecorded } from "./paths.ts";
import { create, update } from "./outcome.ts";
import type { ProviderClient } from "./providers/provider.ts";
import { refreshResource } from "./refresh.ts";
import { removeForReplacement } from "./removal.ts";
import type { Run } from "./run.ts";
import { planStep, protectedRefusal, type Step } from "./steps.ts";
import type { Properties } from "./values.ts";

/** Registers a resource of any kind, and returns what the program gets to know of it. */
export async function register(run: Run, goal: Goal): Promise<Registered> {
  if (run.seen.has(goal.urn)) {
    throw new Error(
      `${goal.urn} is registered twice: each resource needs its own name within its type and parent`,
    );
  }
  run.seen.add(goal.urn);
  try {
    const old = await recordedFor(run, goal);
    const resource = await (goal.custom ? registerCustom(run, goal, old) : registerComponent(run, goal, old));
    const { urn, id, outputs, propertyDependencies } = resource;
    return { urn, id, outputs, propertyDependencies };
  } catch (error) {
    throw new Error(`${goal.urn}: ${(error as Error).message}`, { cause: error });
  }
}

/** The record that a goal continues, found by its URN or an alias; an alias' record moves to the new URN. */
async function recordedFor(run: Run, goal: Goal): Promise<ResourceState | undefined> {
  const alias = [goal.urn, ...goal.aliases].find((urn) => run.store.find(urn));
  let old = alias && run.store.find(alias);
  if (!old || !alias) return undefined;
  if (alias !== goal.urn) {
    run.store.rename(alias, goal.urn);
    old = run.store.find(goal.urn)!;
  }
  // A deletion was interrupted: only the provider knows whether it is still there.
  if (run.store.pending.some(({ kind, resource }) => kind === "delete" && resource.urn === goal.urn)) {
    return refreshResource(run, old);
  }
  return old.external ? undefined : old;
}

/** What the goal alone decides about the record. */
const recordOf = (
  { urn, type, custom, parent, provider, dependencies, propertyDependencies, protect }: Goal,
  inputs: Properties,
): ResourceState => ({
  ...{ urn, type, custom, id: "", inputs, outputs: {}, dependencies, propertyDependencies },
  ...(parent && { parent }),
  ...(provider && { provider }),
  ...(protect && { protect }),
});

async function registerComponent(
  run: Run,
  goal: Goal,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  const resource = { ...recordOf(goal, goal.inputs), outputs: old?.outputs ?? {} };
  const step = planStep({
    old,
    goal,
    inputs: goal.inputs,
    difference: undefined,
    providerReplaced: false,
    interrupted: false,
  });
  const changes = "changes" in step ? step.changes : [];
  await run.step({ op: step.op, resource, changes }, () => Promise.resolve(run.record(resource, old)));
  return resource;
}

async function registerCustom(run: Run, goal: Goal, old: ResourceState | undefined): Promise<ResourceState> {
  const client = await run.providers.for(goal.type, goal.provider);
  const open = run.store.pending.find(({ kind, resource }) => kind !== "delete" && resource.urn === goal.urn);
  // A creation that was interrupted is repeated with the same generated names, so that it finds what it made.
  const olds = (old ?? open?.resource)?.inputs;
  run.redactor.learn(goal.inputs);

  const news = olds ? keepRecorded(goal.inputs, olds, goal.ignoreChanges) : goal.inputs;
  const subject = run.subject({ urn: goal.urn, type: goal.type, id: old?.id ?? "" });
  const check = async (before: Properties | undefined): Promise<Properties> => {
    const { inputs, failures } = await client.check(subject, { ...(before ? { olds: before } : {}), news });
    if (!failures.length) return inputs;
    const list = failures.map(({ property, reason }) => `  - ${property ? `${property}: ` : ""}${reason}`);
    const message = `refused by its provider:\n${list.join("\n")}`;
    return run.step({ op: old ? "update" : "create", resource: goal }, () =>
      Promise.reject(new Error(message)),
    );
  };
  const inputs = await check(olds);

  const difference =
    old &&
    (await client.diff(subject, {
      oldInputs: old.inputs,
      oldOutputs: old.outputs,
      newInputs: inputs,
      ignoreChanges: goal.ignoreChanges,
    }));
  const providerReplaced =
    old !== undefined && (await run.providers.mustReplace(goal.type, old.provider, goal.provider));
  const step = planStep({
    old,
    goal,
    inputs,
    difference,
    providerReplaced,
    interrupted: open?.kind === "update",
  });
  // A replacement is made beside the old one: it gets generated names and defaults of its own.
  const record = recordOf(goal, step.op === "replace" ? await check(undefined) : inputs);
  const resource = await carryOut(run, { goal, client, old, step, record });
  if (isProvider(goal.type)) run.providers.register(resource, resource.inputs);
  return resource;
}

interface Work {
  goal: Goal;
  client: ProviderClient;
  old: ResourceState | undefined;
  step: Step;
  record: ResourceState;
}

async function carryOut(run: Run, { goal, client, old, step, record }: Work): Promise<ResourceState> {
  if (step.op === "create" || !old) {
    return run.step({ op: run.replaced.has(goal.urn) ? "replace" : "create", resource: record }, () =>
      create(run, client, goal, record),
    );
  }
  if (step.op === "same") {
    const resource = { ...record, id: old.id, outputs: old.outputs };
    await run.step({ op: "same", resource }, () => Promise.resolve(run.record(resource, old)));
    return resource;
  }
  if (step.op === "update") {
    return run.step({ op: "update", resource: record, changes: step.changes }, () =>
      update(run, client, goal, record, old),
    );
  }

  const { because, changes } = step;
  const refusal = protectedRefusal([old], "replace");
  return run.step({ op: "replace", resource: record, because, changes }, async () => {
    if (refusal) throw refusal;
    if (step.deleteFirst) {
      await removeForReplacement(run, old);
      return create(run, client, goal, record);
    }
    // The old one stays in the state, condemned, until everything else has moved over to the new one.
    return create(run, client, goal, record, old);
  });
}
