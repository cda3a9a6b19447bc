// A check answers for one workload why it must not move, or nothing when it has no objection.
import type { Evidence, RefusalReason } from "../../model.ts";
import type { Candidate, World } from "../world.ts";

export interface Objection {
  reason: RefusalReason;
  /** One sentence, with the numbers that matter. */
  message: string;
  evidence?: Evidence;
}

export type Check = (candidate: Candidate, world: World) => Objection | undefined;

/** The first objection, in the order of the checks: the one that a person has to remove first. */
export function firstObjection(checks: Check[], candidate: Candidate, world: World): Objection | undefined {
  for (const check of checks) {
    const objection = check(candidate, world);
    if (objection) return objection;
  }
  return undefined;
}

/** `0.123` → `12 %`. */
export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** Minutes from now until a time, rounded up: what a person wants to know of a wait. */
export function minutesUntil(at: number, now: number): number {
  return Math.ceil((at - now) / 60_000);
}
