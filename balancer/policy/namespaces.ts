// What the policy says of a namespace, and when it may be done there.
import * as z from "zod";
import { idleThresholds } from "./idle.ts";
import { count, ratio } from "./values.ts";

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "22:30"');
const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

const timeWindow = z.strictObject({
  days: z
    .array(z.enum(days))
    .min(1)
    .default([...days])
    .describe("days on which the window starts"),
  from: timeOfDay.describe("start, inclusive"),
  to: timeOfDay.describe("end, exclusive; earlier than `from`: on the next day; equal: 24 hours"),
  timeZone: z.string().refine(isTimeZone, "must be an IANA time zone such as Europe/Vienna").default("UTC"),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const namespaceRule = z.strictObject({
  allowed: z
    .boolean()
    .default(true)
    .describe(
      "false: never touched, though listed; what is placed on spot stays so (`maxSpotShare: 0` brings it back)",
    ),
  availability: ratio
    .optional()
    .describe(
      "goal of the namespace's workloads instead of their tiers' in `availability`, from which their share on spot follows",
    ),
  maxSpotShare: ratio
    .default(1)
    .describe(
      "largest part of the namespace's replicas on spot; what is too much comes back, most important first",
    ),
  regularFloor: count
    .default(0)
    .describe(
      "replicas of each workload that stay on regular, where `availability` asks for no more; what has less than twice as many does not go to spot",
    ),
  order: z.int().default(0).describe("lower goes to spot first and comes back last, within a tier"),
  windows: z
    .array(timeWindow)
    .default([])
    .describe(
      "moves to spot only at these times; empty: at any time. What is on spot stays there when a window ends, and comes back at any time for reasons of its own",
    ),
  idle: z
    .strictObject(idleThresholds)
    .partial()
    .default({})
    .describe("own thresholds instead of those in `idle`"),
});
