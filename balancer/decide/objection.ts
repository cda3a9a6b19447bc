// An objection: what stands against a wish while the plan grows. Where it is what counts in the end, it becomes a Refusal.
import type { Evidence, Priority, RefusalReason } from "../model.ts";

export interface Objection {
  reason: RefusalReason;
  /** One sentence, with the numbers that matter. */
  message: string;
  evidence?: Evidence;
  /** Where room is in the way: so many pods have found none. */
  missing?: number;
  /** However many nodes came, it would stay as it is. */
  inVain?: boolean;
  /** Where room is in the way: on which nodes. */
  side?: Priority;
}

/** `0.123` → `12 %`. */
export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** Two ratios with as many decimals as it takes to tell them apart: never "at 85 %, and 85 % are allowed". */
export function apart(ratio: number, limit: number): [string, string] {
  if (ratio === limit) return [percent(ratio), percent(limit)];
  for (const decimals of [0, 1, 2, 3]) {
    const [a, b] = [ratio, limit].map((value) => `${Number((value * 100).toFixed(decimals))} %`);
    if (a !== b) return [a!, b!];
  }
  return [percent(ratio), `${ratio > limit ? "just below" : "just above"} that`];
}

/** Minutes from now until a time, rounded up: what a person wants to know of a wait. */
export function minutesUntil(at: number, now: number): number {
  return Math.ceil((at - now) / 60_000);
}
