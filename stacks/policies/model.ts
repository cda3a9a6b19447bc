// What policy rules look at, and what they find.
import type { Profile } from "../config/schema.ts";

/** A resource as its program declares it; inputs that are secret or not known yet may be missing. */
export interface DeclaredResource {
  /** `azure-native:containerservice:AgentPool` */
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  protect: boolean;
}

export interface Violation {
  /** Name of the rule. */
  rule: string;
  /** Name of the resource. */
  resource: string;
  /** What was expected, and what came. */
  problem: string;
}

/** Looks at one resource; returns what is wrong with it. */
export interface Rule {
  name: string;
  check(resource: DeclaredResource, profile: Profile): string[];
}
