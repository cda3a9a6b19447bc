// Kinds of values that keys of the policy have, with their bounds.
import * as z from "zod"; // as a namespace: `{ z }` would bring all of its translations into the bundle

/** A part of something, 0…1. */
export const ratio = z.number().min(0).max(1);

/** Up to a week. */
export const minutes = z
  .number()
  .min(0)
  .max(7 * 24 * 60);

export const count = z.int().min(0);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
