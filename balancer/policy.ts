// Reads the policy file: YAML text in, a complete Policy out, or one error that lists every problem with its line.
import type { z } from "zod";
import { withPreset } from "./policy/presets.ts";
import { policySchema } from "./policy/schema.ts";
import { type FileProblem, problemLines, readYaml } from "./yamlFile.ts";

export type { FileProblem as PolicyProblem } from "./yamlFile.ts";

/** Every key is present; units are in the key names, meanings in policy/schema.ts. */
export type Policy = z.output<typeof policySchema>;
export type NamespaceRule = Policy["namespaces"][string];
export type Tier = Policy["priorities"]["default"];

/** Its message has one line per problem: `line 4: idle.windowMinutes: expected number, received string`. */
export class PolicyError extends Error {
  readonly problems: FileProblem[];

  constructor(problems: FileProblem[]) {
    const count = `${problems.length} problem${problems.length === 1 ? "" : "s"}`;
    super(`The policy has ${count}:\n${problemLines(problems)}`);
    this.name = "PolicyError";
    this.problems = problems;
  }
}

const maxLength = 2 ** 20;

/** @throws PolicyError with all problems, in the order of their lines. */
export function parsePolicy(text: string): Policy {
  if (text.length > maxLength) {
    const message = `expected at most ${maxLength} characters, as a ConfigMap holds, got ${text.length}`;
    throw new PolicyError([{ line: 1, path: "", message }]);
  }
  const { value, problems } = readYaml(text, policySchema, withPreset);
  if (value === undefined) throw new PolicyError(problems);
  return value;
}

/** The policy of an empty file: nothing is opted in, so nothing would move. */
export const defaultPolicy: Policy = policySchema.parse({});
