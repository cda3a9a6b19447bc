// What a preview knows of a resource's outputs.
import { type Inputs, isRecord, unknown } from "./problem.ts";

/** What Azure will fill in is unknown as yet, on every level; what was given stays. */
export function previewOf(given: Inputs, filledIn: Inputs): Inputs {
  const preview = { ...given };
  for (const [key, value] of Object.entries(filledIn)) {
    const known = preview[key];
    if (known === undefined) preview[key] = unknown;
    else if (isRecord(known) && isRecord(value)) preview[key] = previewOf(known, value);
  }
  return preview;
}

/** Some text in the place of each value that is not known yet, for functions that only shape outputs. */
export function nameUnknowns(value: unknown): unknown {
  if (value === unknown) return "unknown";
  if (Array.isArray(value)) return value.map(nameUnknowns);
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, nameUnknowns(child)]))
    : value;
}
