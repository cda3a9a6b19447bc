// What the program asks for, read from the protocol's messages. What the engine cannot do is refused here, by name.
import type messages from "@pulumi/pulumi/proto/resource_pb.js";
import { buildUrn, type Goal } from "./model.ts";
import { unsupportedValue } from "./values.ts";

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
    "the option replaceOnChanges": request.getReplaceonchangesList().length,
    "the option deleteBeforeReplace": request.getDeletebeforereplacedefined(),
    "the option retainOnDelete": request.getRetainondelete(),
    "the option deletedWith": request.getDeletedwith(),
    "the option customTimeouts": Object.values(request.getCustomtimeouts()?.toObject() ?? {}).some(Boolean),
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
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}
