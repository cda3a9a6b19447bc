// All policy rules over one resource, and those that need to see a whole stack. Pure.
import type { Profile } from "../config/schema.ts";
import type { DeclaredResource, Violation } from "./model.ts";
import { rules, types } from "./rules.ts";
import { noPlainSecrets } from "./secrets.ts";

export const checkResource = (resource: DeclaredResource, profile: Profile): Violation[] =>
  [...rules, noPlainSecrets].flatMap((rule) =>
    rule.check(resource, profile).map((problem) => ({ rule: rule.name, resource: resource.name, problem })),
  );

/** What no single resource tells: outside dev a database's server comes with a lock. */
export function checkStack(resources: readonly DeclaredResource[], profile: Profile): Violation[] {
  if (profile === "dev") return [];
  const isLock = ({ type, inputs }: DeclaredResource) =>
    type === types.lock && inputs["level"] === "CanNotDelete";
  if (resources.some(isLock)) return [];
  return resources
    .filter(({ type }) => type === types.server)
    .map(({ name }) => ({
      rule: "locked-database",
      resource: name,
      problem: "expected a lock (CanNotDelete) beside it, got none",
    }));
}

export const describeViolations = (stack: string, violations: readonly Violation[]): string =>
  [
    `${stack} breaks ${violations.length === 1 ? "a policy" : `${violations.length} policies`} (stacks/policies)`,
    ...violations.map(({ rule, resource, problem }) => `  ${rule}: ${resource}: ${problem}`),
  ].join("\n");
