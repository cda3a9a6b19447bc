// Calls a provider to create or update, and records what came of it: with a note before, so that a kill is noticed.
import type { Goal, ResourceState } from "./model.ts";
import { NotReadyError, type ProviderClient } from "./providers/provider.ts";
import type { Run } from "./run.ts";
import { defined, secret, type Properties } from "./values.ts";

/** Calls the provider's create and records the outcome. `condemned` is the predecessor that is deleted later. */
export async function create(
  run: Run,
  client: ProviderClient,
  goal: Goal,
  draft: ResourceState,
  condemned?: ResourceState,
): Promise<ResourceState> {
  const finish = run.store.begin({ kind: "create", resource: draft });
  const keep = (resource: ResourceState): ResourceState => {
    if (condemned) run.store.put({ ...condemned, condemned: true }, condemned);
    run.record(resource);
    return resource;
  };
  return settle(goal, finish, keep, { ...draft }, () =>
    client.create(run.subject(draft), { inputs: draft.inputs, ...run.change(draft.urn) }),
  );
}

/** Calls the provider's update and records the outcome. */
export async function update(
  run: Run,
  client: ProviderClient,
  goal: Goal,
  draft: ResourceState,
  old: ResourceState,
): Promise<ResourceState> {
  const finish = run.store.begin({ kind: "update", resource: old });
  const keep = (resource: ResourceState): ResourceState => {
    run.record(resource, old);
    return resource;
  };
  return settle(goal, finish, keep, { ...draft, id: old.id }, () =>
    client.update(run.subject(old), {
      oldInputs: old.inputs,
      oldOutputs: old.outputs,
      newInputs: draft.inputs,
      ignoreChanges: goal.ignoreChanges,
      ...run.change(draft.urn),
    }),
  );
}

/** Records what a provider call left behind, also when the object exists but is not as it should be. */
async function settle(
  goal: Goal,
  finish: () => void,
  keep: (resource: ResourceState) => ResourceState,
  draft: ResourceState,
  call: () => Promise<{ id?: string; outputs: Properties }>,
): Promise<ResourceState> {
  const hide = (outputs: Properties): Properties =>
    defined({
      ...outputs,
      ...Object.fromEntries(
        goal.additionalSecretOutputs
          .filter((key) => outputs[key] !== undefined)
          .map((key) => [key, secret(outputs[key]!)]),
      ),
    });
  try {
    const { id, outputs } = await call();
    return keep({ ...draft, id: id ?? draft.id, outputs: hide(outputs) });
  } catch (error) {
    if (error instanceof NotReadyError) {
      keep({ ...draft, id: error.id || draft.id, outputs: hide(error.outputs), problems: error.reasons });
    }
    throw error;
  } finally {
    finish();
  }
}
