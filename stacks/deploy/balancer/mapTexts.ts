// Changes every text in an object; other values stay as they are.

/** @param change gets the text, and the key that it stands at (none in a list) */
export function mapTexts<Value>(
  value: Value,
  change: (text: string, key: string | undefined) => string,
  key?: string,
): Value {
  if (typeof value === "string") return change(value, key) as Value;
  if (Array.isArray(value)) return value.map((element) => mapTexts<unknown>(element, change)) as Value;
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, mapTexts<unknown>(member, change, name)]),
  ) as Value;
}
