// What the emulated Azure knows of one type of resource: its place in ARM, Microsoft's model of it, its rules and effects.
import type { ModelRef } from "./checks/models.ts";
import type { Machines } from "./machines.ts";
import type { Inputs, Problem } from "./problem.ts";

/** One resource as the emulated Azure remembers it. Inputs hold no secret. */
export interface Resource {
  /** ARM ID, `/subscriptions/…/resourceGroups/…/providers/…`. */
  id: string;
  token: string;
  /** Who made it: a program's URN. A repeated `up` may find its own resource again. */
  urn: string;
  inputs: Inputs;
  outputs: Inputs;
}

/** What a rule may ask of the other resources. IDs are compared as ARM does, without regard to case. */
export interface World {
  subscription: string;
  find(id: string | undefined): Resource | undefined;
  /** Every resource of a type, or all of them. */
  list(token?: string): Resource[];
}

/** A rule that looks at the inputs alone; runs in previews too. */
export type Rule = (inputs: Inputs) => Problem[];
/** A rule that needs other resources to exist; runs when the resource is created or changed. */
export type WorldRule = (inputs: Inputs, world: World, id: string) => Problem[];

export interface Change {
  id: string;
  /** Everything that was given, secrets in clear. */
  inputs: Inputs;
  world: World;
  machines: Machines;
}

export interface ResourceType {
  /** Pulumi's name, `azure-native:network:Subnet`. */
  token: string;
  /** The API version that azure-native 3.28 uses. */
  apiVersion: string;
  /** ARM path below the subscription; `{…}` are inputs, the last of them names the resource. */
  path: string;
  model: ModelRef;
  /** Inputs that azure-native has, and Microsoft's model, of an older API version, does not. */
  newerInputs?: readonly string[];
  /** How azure-native names a resource whose name is not given. */
  naming: "random" | "uuid" | "copy";
  /** Property paths that cannot be changed in place (`*` for any element). Names and location never can. */
  createOnly?: readonly string[];
  /** Inputs that Azure never gives back. */
  writeOnly?: readonly string[];
  rules?: readonly Rule[];
  worldRules?: readonly WorldRule[];
  /** Reasons for which Azure refuses to delete it now. */
  inUse?(resource: Resource, world: World): string[];
  /** Properties that Azure fills in. */
  outputs?(inputs: Inputs, id: string, world: World): Inputs;
  /** Makes it real, at creation and after each change; may answer further outputs. */
  apply?(change: Change): Promise<Inputs | void>;
  /** Undoes `apply`; harmless when there is nothing. */
  remove?(resource: Resource, machines: Machines): Promise<void>;
  /** Inputs that have changed by themselves, such as the size of a pool that scales. */
  drift?(resource: Resource, machines: Machines): Inputs;
}

/** Names of the inputs in the path, outermost first. */
export function pathParameters(type: Pick<ResourceType, "path">): string[] {
  return [...type.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** `{scope}` and `{resourceUri}` are whole IDs: they start the path. */
const isScope = (parameter: string | undefined): boolean =>
  parameter === "scope" || parameter === "resourceUri";

/** The ARM ID that these inputs give. */
export function resourceId(type: Pick<ResourceType, "path">, inputs: Inputs, subscription: string): string {
  const scoped = isScope(pathParameters(type)[0]);
  const filled = type.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(inputs[name]);
    return isScope(name) ? value.replace(/^\/+|\/+$/g, "") : value;
  });
  return scoped ? filled : `/subscriptions/${subscription}${filled}`;
}

/** ARM type of a path: `Microsoft.Network/virtualNetworks/subnets`. */
export function armType(type: Pick<ResourceType, "path">): string {
  const [, rest] = type.path.split("/providers/");
  if (rest === undefined) return "Microsoft.Resources/resourceGroups";
  return rest
    .split("/")
    .filter((part) => !part.startsWith("{"))
    .join("/");
}

/** ID of the resource that must exist before: the parent, or the resource group; undefined at the top. */
export function parentId(id: string): string | undefined {
  const parts = id.split("/");
  const provider = parts.lastIndexOf("providers");
  if (provider < 0) return undefined;
  return parts.length - provider > 4 ? parts.slice(0, -2).join("/") : parts.slice(0, provider).join("/");
}
