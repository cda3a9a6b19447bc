// The shape of what comes from outside, looked at before it is used: an error here is one object's, and names the field.
import type { Labels } from "../model.ts";

/** A list that may be missing. @throws Error when it is something else */
export function listOf<Item>(value: readonly Item[] | null | undefined, field: string): readonly Item[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`expected a list in ${field}, got ${typeof value}`);
  return value as readonly Item[];
}

/** Labels, a node selector, annotations: texts by name. @throws Error when it is something else */
export function textsOf(value: Labels | null | undefined, field: string): Labels {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new Error(
      `expected texts by name in ${field}, got ${Array.isArray(value) ? "a list" : typeof value}`,
    );
  }
  for (const key in value) {
    if (typeof value[key] !== "string")
      throw new Error(`expected a text in ${field}.${key}, got ${typeof value[key]}`);
  }
  return value;
}

/** A number of things. @throws Error when it is something else */
export function countOf(value: number | null | undefined, field: string, missing: number): number {
  if (value === undefined || value === null) return missing;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`expected a whole number in ${field}, got ${JSON.stringify(value)}`);
  }
  return value;
}
