// The engine's records: what a stack consists of, what the program asks for, and what happens on the way.
import { unknown, type Properties } from "./values.ts";

export type Urn = string;

/** One resource as the state file keeps it. */
export interface ResourceState {
  urn: Urn;
  type: string;
  /** False for component resources, which group others and have no provider. */
  custom: boolean;
  /** The provider's identifier; empty for components. */
  id: string;
  inputs: Properties;
  outputs: Properties;
  parent?: Urn;
  /** `<urn>::<id>` of an explicit provider; without one the package's default provider is meant. */
  provider?: string;
  dependencies: Urn[];
  propertyDependencies: Record<string, Urn[]>;
  protect?: boolean;
  /** Only read, never owned: a StackReference. */
  external?: boolean;
  /** Replaced by a newer one with the same URN; what it stands for still has to be deleted. */
  condemned?: boolean;
  /** Why it was created or updated but did not become ready. */
  problems?: string[];
}

/** Written before a provider is called and removed after: what an interrupted run left open. */
export interface PendingOperation {
  kind: "create" | "update" | "delete";
  resource: ResourceState;
}

/** What the program asks for when it registers a resource. */
export interface Goal {
  urn: Urn;
  aliases: Urn[];
  type: string;
  name: string;
  custom: boolean;
  inputs: Properties;
  parent?: Urn;
  provider?: string;
  dependencies: Urn[];
  propertyDependencies: Record<string, Urn[]>;
  protect: boolean;
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
}

export const rootType = "pulumi:pulumi:Stack";
export const stackReferenceType = "pulumi:pulumi:StackReference";
const providerPrefix = "pulumi:providers:";

export const isProvider = (type: string): boolean => type.startsWith(providerPrefix);

/** The package whose provider manages a type: `kubernetes` for `kubernetes:apps/v1:Deployment`. */
export const packageOf = (type: string): string =>
  isProvider(type) ? type.slice(providerPrefix.length) : type.slice(0, type.indexOf(":"));

export const nameOf = (urn: Urn): string => urn.slice(urn.lastIndexOf("::") + 2);

/** How the program refers to a provider; one that a preview would create has no id yet. */
export const providerReference = (resource: Pick<ResourceState, "urn" | "id">): string =>
  `${resource.urn}::${resource.id || unknown}`;

/** URN of the provider that a reference names. */
export const providerUrn = (reference: string): Urn => reference.slice(0, reference.lastIndexOf("::"));

/** Pulumi's URN: a child carries the types of its parents, the stack itself is left out. */
export function buildUrn(stack: string, project: string, type: string, name: string, parent?: Urn): Urn {
  const parentType = parent?.split("::")[2];
  const qualified = parentType && parentType !== rootType ? `${parentType}$${type}` : type;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** What a resource stands on: it is created after these, and deleted before them. */
export function foundationsOf(resource: ResourceState): Urn[] {
  return [
    ...resource.dependencies,
    ...Object.values(resource.propertyDependencies).flat(),
    ...(resource.parent ? [resource.parent] : []),
    ...(resource.provider ? [providerUrn(resource.provider)] : []),
  ];
}
