// An objection: what stands against a wish while the plan grows. Where it is what counts in the end, it becomes a Refusal.
import type { Evidence, RefusalReason } from "../model.ts";

export interface Objection {
  reason: RefusalReason;
  /** One sentence, with the numbers that matter. */
  message: string;
  evidence?: Evidence;
}

/** `0.123` → `12 %`. */
export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** Minutes from now until a time, rounded up: what a person wants to know of a wait. */
export function minutesUntil(at: number, now: number): number {
  return Math.ceil((at - now) / 60_000);
}
