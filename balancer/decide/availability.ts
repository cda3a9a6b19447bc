// What policy's availability still allows: how likely spot is to be lost, what that would cost, and what is left of the
// error budget that each tier or namespace has.
//
// Nobody announces how long spot will last, but it has a memory: a pool that lost its nodes an hour ago is likely to
// lose them again within the hour, one that kept them for a week is not (in the public traces of skypilot-org/spot-traces
// a third of the up-times end within 15 minutes, while long ones make up most of the time). So what is expected of the
// next hour is the worst rate of loss over any past span that ends now.
import type { Check } from "./checks/check.ts";
import type { Objection } from "./objection.ts";
import { percent } from "./objection.ts";
import { goalOf, groupOf } from "./availability/goal.ts";
import { expectation, hour, lossesNow } from "./availability/losses.ts";
import { sharesOf, splitFor } from "./split.ts";
import type { Availability, Candidate, Group, World } from "./world/model.ts";

const minute = 60_000;
/** Of the error budget: what is spent is forgotten by and by, with this time constant. */
const budgetMs = 7 * 24 * hour;
/** What is missing after a loss is put down to it for so long. */
const aftermathMs = 15 * minute;
/** Rounds that were left out are not counted as time without service. */
const longestRoundMs = 5 * minute;

type Seen = Pick<World, "policy" | "now" | "snapshot" | "candidates" | "nodes">;

/** @param lostShare part of the spot nodes in use that were lost since the last round, 0…1 */
export function availabilityOf(seen: Seen, lostShare: number): Availability {
  const { policy, now, snapshot, candidates } = seen;
  const before = snapshot.state.availability;
  const lost = lossesNow(seen, lostShare);
  const elapsed = before ? Math.min(longestRoundMs, Math.max(0, now - before.at)) : 0;
  const decay = before ? Math.exp(-Math.max(0, now - before.at) / budgetMs) : 1;
  const isAftermath = now - (lost.losses.at(-1)?.at ?? -Infinity) <= aftermathMs;
  const groups = new Map<string, Group>();
  for (const candidate of candidates) {
    const name = groupOf(candidate);
    let group = groups.get(name);
    if (!group) {
      const spent = (before?.spent[name] ?? 0) * decay;
      groups.set(name, (group = { goal: goalOf(candidate, policy), allowed: 0, spent }));
    }
    const { workload } = candidate;
    group.allowed += ((1 - group.goal) * workload.replicas * budgetMs) / minute;
    if (isAftermath && workload.placement === "spot") {
      group.spent += (Math.max(0, workload.replicas - workload.status.available) * elapsed) / minute;
    }
  }
  const spent = Object.fromEntries([...groups].map(([name, group]) => [name, group.spent]));
  return { ...expectation(lost, now), groups, state: { at: now, ...lost, spent } };
}

/** What an hour at the present risk may cost at most, where so much is allowed on average; see README.md. */
const riskPerGoal = 133;

/** Part of spot that may be lost within the next hour. What keeps half on regular bears twice as much. */
export function borneBy(candidate: Candidate, { goal, spent, allowed }: Group, { policy }: World): number {
  const { replicas } = candidate.workload;
  const { spot } = sharesOf(replicas, splitFor(candidate, policy));
  const overspent = Math.max(1, spent / allowed);
  // What cannot be split would go as a whole.
  const share = spot > 0 ? spot / replicas : 1;
  return ((1 - goal) * riskPerGoal) / overspent / share;
}

/**
 * Whether work of this group may go to spot: the risk of the next hour is what the goal bears. Where losses have cost
 * more than the goal allows, less is borne.
 */
export const availabilityKept: Check = (candidate, world) => {
  const group = world.availability.groups.get(groupOf(candidate));
  const { expectedLoss, span } = world.availability;
  if (!group || !span) return undefined;
  const borne = borneBy(candidate, group, world);
  if (expectedLoss <= borne) return undefined;
  const wait = Math.max(0, span.lost / Math.max(borne, 1e-6) - 1 - span.hours);
  return {
    reason: "AvailabilityAtStake",
    message: `${percent(span.lost)} of spot was missing within the last ${span.hours.toFixed(1)} h; availability ${group.goal} bears it after ${wait.toFixed(1)} h more without a loss`,
    evidence: { expectedLoss, borne, goal: group.goal, spent: group.spent, allowed: group.allowed },
  };
};

/** Whether what is on spot has to leave it: losses have cost far more than the goal allows, and more are likely. */
export function isOverdrawn(candidate: Candidate, world: World): Objection | undefined {
  const group = world.availability.groups.get(groupOf(candidate));
  if (!group || group.spent <= 2 * group.allowed) return undefined;
  return availabilityKept(candidate, world);
}
