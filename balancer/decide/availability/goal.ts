// The goal of a workload, and the floor on regular that follows from it.
import type { Policy } from "../../policy.ts";
import type { Candidate } from "../world/model.ts";

type Goaled = Pick<Candidate, "rule" | "tier" | "workload">;

const weekMinutes = 7 * 24 * 60;
/**
 * What the loss of all spot nodes costs each pod there: two minutes until regular nodes have come, half a minute to
 * start (measured in scripts/bench/README.md).
 */
export const lossMinutes = 2.5;

/** Whose error budget it draws on. */
export const groupOf = ({ rule, tier, workload }: Goaled): string =>
  rule.availability === undefined ? tier : `namespace ${workload.namespace}`;

export function goalOf({ rule, tier }: Goaled, { availability }: Policy): number {
  return rule.availability ?? (tier === "low" || tier === "standard" ? availability[tier] : 1);
}

/** How much of a week its goal lets a pod be away. */
export const allowedMinutes = (goal: number): number => (1 - goal) * weekMinutes;

/**
 * How many of so many replicas stay on regular: so many that one loss of all of spot takes no more than a week may cost,
 * though never more than half, which is the most that a split keeps. A single replica has no half: it stays.
 */
export function floorOf(goal: number, replicas: number): number {
  const share = allowedMinutes(goal) / lossMinutes;
  if (share >= 1) return 0;
  return Math.max(1, Math.min(Math.ceil((1 - share) * replicas), Math.floor(replicas / 2)));
}
