// What is wrong with an input: where, and why, in words that a person can act on.
import { unknown } from "../engine/values.ts";

export interface Problem {
  /** Property path such as `agentPoolProfiles[0].vmSize`; empty when the resource as a whole is meant. */
  path: string;
  message: string;
}

/** Plain values: secrets unwrapped, properties that are not known yet hold the `unknown` sentinel. */
export type Inputs = Record<string, unknown>;

export { unknown };

/** True for a value that a check can look at. */
export function isKnown(value: unknown): boolean {
  return value !== undefined && value !== null && value !== unknown;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a dotted path such as `network.delegatedSubnetResourceId`; undefined when absent or not known yet. */
export function at(inputs: unknown, path: string): unknown {
  let value = inputs;
  for (const key of path.split(".")) value = isRecord(value) ? value[key] : undefined;
  return isKnown(value) ? value : undefined;
}

/** Something was given there, if only a value that is not known yet. */
export function given(inputs: unknown, path: string): boolean {
  let value = inputs;
  for (const key of path.split(".")) {
    if (value === unknown) return true;
    value = isRecord(value) ? value[key] : undefined;
  }
  return value != null;
}

export function textAt(inputs: unknown, path: string): string | undefined {
  const value = at(inputs, path);
  return typeof value === "string" ? value : undefined;
}

export function numberAt(inputs: unknown, path: string): number | undefined {
  const value = at(inputs, path);
  return typeof value === "number" ? value : undefined;
}

/** The known elements of a list; empty when it is absent or not known yet. */
export function listAt(inputs: unknown, path: string): unknown[] {
  const value = at(inputs, path);
  return Array.isArray(value) ? value.filter(isKnown) : [];
}

/** `a` + `b` → `a.b`; names that are no identifiers are quoted as Pulumi does: `tags["kubernetes.io/x"]`. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

export const omit = (value: Inputs, keys: readonly string[] = []): Inputs =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** All that is wrong with a resource, as one text. */
export function refusal(id: string, problems: Problem[]): string {
  const lines = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return `Azure refuses ${id}:\n  - ${lines.join("\n  - ")}`;
}
