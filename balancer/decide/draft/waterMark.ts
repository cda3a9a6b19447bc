// How full a move may make its destination as a whole.
import type { MoveReason, Priority } from "../../model.ts";
import type { Books } from "../books.ts";
import type { Intent } from "../intent.ts";
import { type Objection, apart } from "../objection.ts";
import { demand } from "../utilization.ts";
import { type Candidate, type World, podsOn } from "../world.ts";

export const hasToComeBack = (reason: MoveReason): boolean =>
  ["Busy", "NoLongerAllowed", "AvailabilityAtStake"].includes(reason);

/**
 * Voluntary moves fill a side up to its low-water mark only, so that what grows there causes no pressure soon. What has
 * to be on regular may fill it up to its high-water mark, where pressure would begin: else it might never come back. What
 * pressure has sent away waits until it is gone, or it would go to and fro.
 * @param count how many of its replicas come to the destination
 */
export function tooFull(
  { candidate, reason }: Intent,
  destination: Priority,
  count: number,
  { utilization }: Books,
  world: World,
): Objection | undefined {
  const { lowUtilization, highUtilization } = world.policy.pressure[destination];
  const wasSent = candidate.workload.memory?.lastReason === "RegularPressure";
  const isFilled = destination === "spot" || (hasToComeBack(reason) && !(reason === "Busy" && wasSent));
  const mark = isFilled ? highUtilization : lowUtilization;
  const after = fillAfter(candidate, destination, count, utilization, world);
  if (after <= mark) return undefined;
  const [full, allowed] = apart(after, mark);
  return {
    reason: "AboveWaterMark",
    message: `${destination} nodes would be at ${full}, such moves fill them to ${allowed}`,
    evidence: { utilizationAfter: after, waterMark: mark },
  };
}

/** How full the destination is with so many replicas of it: 0…, above 1 where they do not fit. */
export function fillAfter(
  candidate: Candidate,
  destination: Priority,
  count: number,
  utilization: Books["utilization"],
  world: World,
): number {
  const there = podsOn(world, candidate, destination).length;
  const { requested, used } = demand(candidate.workload, candidate.pods, Math.max(0, count - there));
  return utilization.with(destination, requested, used);
}
