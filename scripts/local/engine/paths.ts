// Property paths (`spec.template.spec.containers[0].image`) and the differences between two values, path by path.
import { isObject, isSecret, reveal, unknown, type Properties, type Value } from "./values.ts";

export type Path = (string | number)[];

export interface Change {
  path: Path;
  kind: "add" | "delete" | "update";
  /** Values as recorded; secrets keep their mark, so mask before printing. */
  old?: Value;
  new?: Value;
}

const wildcard = "*";

/** Parses Pulumi's path syntax: dots, `["quoted keys"]`, `[0]`, and `*` for any one step. */
export function parsePath(text: string): Path {
  const path: Path = [];
  const step = /\.?(?:([^.[\]"]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\])/y;
  while (step.lastIndex < text.length) {
    const start = step.lastIndex;
    const match = step.exec(text);
    if (!match)
      throw new Error(
        `"${text}" is no property path: expected a name, ["key"] or [0] at "${text.slice(start)}"`,
      );
    const [, name, quoted, index] = match;
    if (name !== undefined) path.push(name);
    else if (quoted !== undefined) path.push(quoted.replace(/\\(.)/g, "$1"));
    else path.push(index === wildcard ? wildcard : Number(index));
  }
  return path;
}

export const formatPath = (path: Path): string =>
  path
    .map((step, position) =>
      typeof step === "number"
        ? `[${step}]`
        : /^[\w$-]+$/.test(step)
          ? `${position ? "." : ""}${step}`
          : `["${step}"]`,
    )
    .join("");

const stepMatches = (pattern: string | number, step: string | number): boolean =>
  pattern === wildcard || String(pattern) === String(step);

/** Whether a change at `path` touches what `pattern` names: the same place, above it, or inside it. */
export function touches(pattern: Path, path: Path): boolean {
  const shared = Math.min(pattern.length, path.length);
  return pattern.slice(0, shared).every((step, position) => stepMatches(step, path[position]!));
}

/** Every difference between two values, at the deepest path where they differ. Secrets compare by content. */
export function differences(before: Value | undefined, after: Value | undefined, path: Path = []): Change[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: "add", new: after! }];
  if (after === undefined) return [{ path, kind: "delete", old: before }];
  if (isSecret(before) || isSecret(after)) {
    const same = differences(reveal(before), reveal(after)).length === 0;
    return same ? [] : [{ path, kind: "update", old: before, new: after }];
  }
  if (after !== unknown && Array.isArray(before) && Array.isArray(after)) {
    const longer = before.length > after.length ? before : after;
    return longer.flatMap((_, index) => differences(before[index], after[index], [...path, index]));
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return before === after ? [] : [{ path, kind: "update", old: before, new: after }];
}

/**
 * `goal` with everything that `ignored` names put back to what `recorded` has there:
 * the value is taken over, and a key is dropped or kept as it was recorded.
 */
export function keepRecorded(goal: Properties, recorded: Properties, ignored: readonly string[]): Properties {
  return ignored.map(parsePath).reduce((result, path) => keepAt(result, recorded, path) as Properties, goal);
}

function keepAt(goal: Value, recorded: Value, [step, ...rest]: Path): Value {
  if (step === undefined) return recorded;
  if (isSecret(goal) || isSecret(recorded)) return keepAt(reveal(goal), reveal(recorded), [step, ...rest]);
  if (Array.isArray(goal) && Array.isArray(recorded)) {
    return goal.map((item, index) => {
      const before = recorded[index];
      return stepMatches(step, index) && before !== undefined ? keepAt(item, before, rest) : item;
    });
  }
  if (!isObject(goal) || !isObject(recorded)) return goal;
  const result = { ...goal };
  const keys = step === wildcard ? [...Object.keys(goal), ...Object.keys(recorded)] : [String(step)];
  for (const key of new Set(keys)) {
    const before = recorded[key];
    const after = result[key];
    if (rest.length === 0) {
      if (before === undefined) delete result[key];
      else result[key] = before;
    } else if (before !== undefined && after !== undefined) {
      result[key] = keepAt(after, before, rest);
    }
  }
  return result;
}
