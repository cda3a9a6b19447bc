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
  /** ms since 1970 */
  now(): number;
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
  urn: string;
  /** Everything that was given, secrets in clear. */
  inputs: Inputs;
  world: World;
  machines: Machines;
  /** Remembers another resource that comes with this one. */
  put: (resource: Resource) => void;
}

/** One function of azure-native that asks about a resource of the type. */
export type Ask = (resource: Resource, machines: Machines) => Inputs | Promise<Inputs>;

export interface ResourceType {
  /** Pulumi's name, `azure-native:network:Subnet`. */
  token: string;
  /** The API version that azure-native 3.28 uses. */
  apiVersion: string;
  /** ARM path below the subscription; `{…}` are inputs, the last of them names the resource. */
  path: string;
  model: ModelRef;
  /** Azure bills it by itself; `stacks/cost/charges.ts` says what for. */
  billed?: true;
  /** Our own rules about it (`stacks/policies/rules.ts`), besides the tags of whatever has tags. */
  policies?: readonly string[];
  /** Inputs that azure-native has, and Microsoft's model, of an older API version, does not. */
  newerInputs?: readonly string[];
  /** Property paths that cannot be changed in place (`*` for any element). Names and location never can. */
  createOnly?: readonly string[];
  /** Inputs that Azure never gives back. */
  writeOnly?: readonly string[];
  rules?: readonly Rule[];
  worldRules?: readonly WorldRule[];
  /** Azure keeps it as long as another resource names it. */
  keptWhileUsed?: true;
  /** Properties that Azure fills in. */
  outputs?(inputs: Inputs, id: string, world: World): Inputs;
  /** Makes it real, at creation and after each change; may answer further outputs. */
  apply?(change: Change): Promise<Inputs | void>;
  /** Undoes `apply`; harmless when there is nothing. */
  remove?(resource: Resource, machines: Machines): Promise<void>;
  /** What a GET answers otherwise than the last PUT did: what stands elsewhere, such as the size of a pool that scales. */
  get?: (resource: Resource, world: World, machines: Machines) => Inputs;
  /** What is otherwise after some weeks: Azure upgrades, grows, fails over. */
  age?(resource: Resource): Inputs;
  /** Outputs with children of it, which azure-native leaves out of the inputs unless the program gives them. */
  children?: readonly string[];
  /** By name, `listManagedClusterUserCredentials`. */
  functions?: Record<string, Ask>;
}
