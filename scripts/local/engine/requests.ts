// What the program asks for, read from the protocol's messages. What the engine cannot do is refused here, by name.
import type messages from "@pulumi/pulumi/proto/resource_pb.js";
import { buildUrn, type Goal, type Timeouts } from "./model.ts";
import { unsupportedValue, type Properties } from "./values.ts";

/** A resource that is only looked at: `X.get(…)` and StackReference. */
export interface ReadGoal {
  type: string;
  name: string;
  id: string;
  parent?: string;
  provider?: string;
  inputs: Properties;
  dependencies: string[];
}

/** Throws when any of `used` (name of the feature → whether it is used) is set, naming all of them. */
export function refuseUnsupported(where: string, used: Record<string, unknown>): void {
  const names = Object.keys(used).filter((name) => used[name]);
  if (!names.length) return;
  throw new Error(
    `${where} uses ${names.join(" and ")}, which the embedded engine does not support; use the Pulumi CLI, or do without`,
  );
}

/** Translates a registration, and refuses the options that the engine does not support. */
export function goalOf(
  request: messages.RegisterResourceRequest,
  identity: { stack: string; project: string },
): Goal {
  const type = request.getType();
  const name = request.getName();
  const inputs = request.getObject()?.toJavaScript() ?? {};
  const hooks = request.getHooks()?.toObject();
  const special = unsupportedValue(inputs);
  refuseUnsupported(`resource ${name} (${type})`, {
    "a remote component": request.getRemote(),
    "a parameterized package": request.getPackageref(),
    "the option import": request.getImportid(),
    "the option transforms": request.getTransformsList().length,
    "the option hooks": hooks && Object.values(hooks).some((list) => Array.isArray(list) && list.length),
    "the option replaceWith": request.getReplaceWithList().length,
    "the option replacementTrigger": request.hasReplacementTrigger(),
    "the option hideDiffs": request.getHidediffsList().length,
    "the option envVarMappings": request.getEnvvarmappingsMap().getLength(),
    "the option customTimeouts.read": request.getCustomtimeouts()?.getRead(),
    "state migrations": request.getStateMigrationsList().length,
    ...(special ? { [special]: true } : {}),
  });
  const parent = request.getParent() || undefined;
  const propertyDependencies: Record<string, string[]> = {};
  request
    .getPropertydependenciesMap()
    .forEach((urns, key) => (propertyDependencies[key] = urns.getUrnsList()));
  return {
    urn: buildUrn(identity.stack, identity.project, type, name, parent),
    aliases: request.getAliasurnsList(),
    type,
    name,
    custom: request.getCustom(),
    inputs,
    parent,
    provider: request.getProvider() || undefined,
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deletedWith: request.getDeletedwith() || undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    timeouts: timeoutsOf(request.getCustomtimeouts()?.toObject() ?? {}, name),
  };
}

function timeoutsOf(given: Record<string, string>, name: string): Timeouts {
  const timeouts: Timeouts = {};
  for (const operation of ["create", "update", "delete"] as const) {
    if (given[operation])
      timeouts[operation] = parseDuration(given[operation], `customTimeouts.${operation} of ${name}`);
  }
  return timeouts;
}

const unitSeconds: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration (`1h30m`, `90s`). */
export function parseDuration(text: string, where: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (!parts.length || parts.map(([part]) => part).join("") !== text) {
    throw new Error(`${where}: expected a duration like 90s, 10m or 1h30m, but got "${text}"`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitSeconds[unit!]!, 0);
}
