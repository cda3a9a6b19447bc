// What differs between two values, field by field: short, where most of a large thing is as it was.
import { isDeepStrictEqual } from "node:util";

/** `spec.containers[web].image` → its value. */
type Fields = Map<string, unknown>;

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Elements that all have a name go by it, so that one more of them moves no other. */
function keysOf(list: readonly unknown[]): string[] {
  const names = list.map((each) => (isTree(each) && typeof each["name"] === "string" ? each["name"] : ""));
  const isNamed = new Set(names).size === list.length && !names.includes("");
  return isNamed ? names : list.map((_, index) => String(index));
}

function fieldsOf(value: unknown, path = "", fields: Fields = new Map()): Fields {
  const members: [string, unknown][] = Array.isArray(value)
    ? keysOf(value).map((key, index) => [`${path}[${key}]`, value[index]])
    : isTree(value)
      ? Object.entries(value).map(([key, member]) => [path ? `${path}.${key}` : key, member])
      : [];
  if (members.length === 0 && value !== undefined) fields.set(path, value);
  for (const [key, member] of members) fieldsOf(member, key, fields);
  return fields;
}

/** What `after` has otherwise; `(none)` where it has it no more. */
export function differences(before: unknown, after: unknown): Tree {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const gone = [...old.keys()].filter((path) => !now.has(path)).map((path) => [path, "(none)"] as const);
  const changed = [...now].filter(([path, value]) => !isDeepStrictEqual(old.get(path), value));
  return Object.fromEntries([...gone, ...changed]);
}
