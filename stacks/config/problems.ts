// What can be wrong with configuration, and the one message that says all of it.
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";

/** One thing that is wrong (or, as a warning, unwise) with one key. */
export interface Problem {
  /** The key, with its path when it is structured: `spotPools[0].vmSize`. */
  key: string;
  expected: string;
  /** What came, ready to print: never the value of a secret. */
  got: string;
  /** Printed instead of refused. */
  warning?: true;
}

/** @param value what came, of a key that is no secret */
export const problem = (key: string, expected: string, value: unknown): Problem => ({
  key,
  expected,
  got: show(value),
});

const describeProblem = ({ key, expected, got }: Problem) => `  ${key}: expected ${expected}, got ${got}`;

/** Every problem of one stack's configuration, in one message. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(stack: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      [
        `${stack}: ${count} in the configuration (stacks/config/Pulumi.${stack}.yaml)`,
        ...problems.map(describeProblem),
      ].join("\n"),
    );
    this.problems = problems;
  }
}

export const describeWarning = (problem: Problem) => describeProblem(problem).trim();

/** A value as a message shows it: JSON, shortened. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** ` (did you mean "x"?)` when a known name is close enough to be a likely typing mistake, else the valid ones. */
export function suggestion(unknown: string, known: readonly string[]): string {
  const nearest = known.length > 0 ? closest(unknown, [...known]) : undefined;
  const near = nearest !== undefined && distance(unknown, nearest) <= Math.max(2, unknown.length / 2);
  return near
    ? `a known key (did you mean "${nearest}"?)`
    : `one of the keys ${[...known].sort().join(", ")}`;
}

const pathOf = (key: string, path: readonly PropertyKey[]) =>
  path.reduce<string>(
    (text, part) => text + (typeof part === "number" ? `[${part}]` : `.${String(part)}`),
    key,
  );

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );

/** Types in the words of those who write YAML. */
const yamlTypes: Record<string, string> = {
  array: "a list",
  object: "a map",
  record: "a map",
  string: "text",
};

function expectation(issue: z.core.$ZodIssue): string {
  // A message of our own is phrased as what was expected.
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  if (issue.code === "invalid_type")
    return yamlTypes[issue.expected] ?? `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "invalid_value") {
    const values = issue.values.map(show);
    return values.length === 1 ? values.join() : `one of ${values.join(", ")}`;
  }
  if (issue.code === "too_small") return `at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
  if (issue.code === "too_big") return `at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
  return `something else (${issue.message})`;
}

function unitOf(origin: string, count: number | bigint): string {
  if (origin === "string") return Number(count) === 1 ? " character" : " characters";
  if (origin === "array") return Number(count) === 1 ? " entry" : " entries";
  return "";
}

/** The problems of one key, from what its schema says of the value that came. */
export function problemsOf(
  key: string,
  value: unknown,
  error: z.core.$ZodError,
  options: { secret: boolean; known(path: readonly PropertyKey[]): string[] },
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const got = (path: readonly PropertyKey[]) =>
      options.secret && valueAt(value, path) !== undefined
        ? "another value (not shown: secret)"
        : show(valueAt(value, path));
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((unknown) => ({
        key: pathOf(key, issue.path),
        expected: suggestion(unknown, options.known(issue.path)),
        got: show(unknown),
      }));
    }
    return [{ key: pathOf(key, issue.path), expected: expectation(issue), got: got(issue.path) }];
  });
}
