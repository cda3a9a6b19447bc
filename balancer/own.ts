// Plain objects as maps: only what they hold themselves counts, not what every object inherits.

/**
 * The value under a key that comes from outside. A namespace may be called `constructor`, a label `toString`:
 * `record[key]` would find the member of `Object.prototype` for them.
 */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The same for labels, and cheaper, since they are asked millions of times: no object inherits a text. */
export function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  const value: unknown = labels[key];
  return typeof value === "string" ? value : undefined;
}

/** Every label of `wanted` is there with its value, or with one of them. */
export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string | readonly string[]>>,
): boolean {
  for (const key in wanted) {
    const value = labelOf(labels, key);
    const asked = wanted[key]!;
    if (typeof asked === "string" ? value !== asked : value === undefined || !asked.includes(value))
      return false;
  }
  return true;
}

/** Labels that are as asked for: of several values the first. */
export const labelsAsAsked = (
  wanted: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, [value].flat()[0] ?? ""]));

/** `a=b, c=d|e`, for people. */
export const labelsText = (labels: Readonly<Record<string, string | readonly string[]>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : value.join("|")}`)
    .join(", ");
