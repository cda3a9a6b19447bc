// Resources that are only looked at: the outputs of other stacks. Objects of others are refused.
import { organization } from "./config.ts";
import { buildUrn, stackReferenceType, type ResourceState, type Urn } from "./model.ts";
import { refuseUnsupported } from "./requests.ts";
import type { Run } from "./run.ts";
import { notDeployed } from "../../../stacks/stackName.ts";
import { StackStore } from "./state/store.ts";
import { containsSecret, unknown, type Properties } from "./values.ts";

/** What the program asks to look at. */
export interface ReadGoal {
  type: string;
  name: string;
  id: string;
  parent?: Urn;
  inputs: Properties;
  dependencies: Urn[];
}

/**
 * Reads a resource and records it as external: it is never changed or deleted.
 * @param stateDir of the other stacks
 */
export async function readResource(
  run: Run,
  goal: ReadGoal,
  stateDir: string,
): Promise<{ urn: string; outputs: Properties }> {
  if (goal.type !== stackReferenceType) {
    refuseUnsupported(`resource ${goal.name} (${goal.type})`, { "the static method get": true });
  }
  const { stack, project } = run.settings;
  const urn = buildUrn(stack, project, goal.type, goal.name, goal.parent);
  run.seen.add(urn);
  const resource: ResourceState = {
    urn,
    type: goal.type,
    custom: true,
    external: true,
    id: goal.id,
    inputs: goal.inputs,
    outputs: {},
    dependencies: goal.dependencies,
    propertyDependencies: {},
    ...(goal.parent ? { parent: goal.parent } : {}),
  };
  return run.step({ op: "read", resource }, () => {
    resource.outputs = referenceOutputs(goal.id, run, stateDir);
    run.record(resource, run.store.find(urn));
    return Promise.resolve({ urn, outputs: resource.outputs });
  });
}

function referenceOutputs(name: string, run: Run, stateDir: string): Properties {
  const [owner, project, stack, ...rest] = name.split("/");
  const known = owner === organization && project === run.settings.project && stack && !rest.length;
  if (!known) {
    throw new Error(
      `stack reference "${name}": expected ${organization}/${run.settings.project}/<stack>, ` +
        `since the embedded engine knows the local stacks of this project only`,
    );
  }
  // A stack that refers to itself is there, if only empty.
  const outputs = StackStore.read(stateDir, stack).outputs ?? (stack === run.settings.stack ? {} : undefined);
  if (outputs) {
    const secretNames = Object.keys(outputs).filter((key) => containsSecret(outputs[key]!));
    return { name, outputs, secretOutputNames: secretNames };
  }
  if (!run.dryRun) throw new Error(notDeployed(stack));
  run.log(
    "warning",
    `${notDeployed(stack)}. Until then its outputs are unknown, and so is what depends on them`,
  );
  return { name, outputs: unknown, secretOutputNames: unknown };
}
