// When spot was lost, how much of it, and until when: a loss lasts until there is a spot node again.
//
// Up-times of spot are heavy-tailed from the moment it is back, not from the moment it went: after a night without any
// node the first hour is as risky as any first hour. So the time without spot is no time in which it has held.
import type { AvailabilityState } from "../../model.ts";
import { healthOf } from "../autoscaledPools.ts";
import type { Expectation, World } from "../world/model.ts";

const minute = 60_000;
export const hour = 60 * minute;
/** Losses that are remembered, and how many of them at most. */
const memoryMs = 7 * 24 * hour;
const mostEvents = 200;
/** Co-interruptions in one pool and zone come within minutes. */
const oneEventMs = 3 * minute;

export type Losses = Pick<AvailabilityState, "losses" | "kept">;

/** @param lostShare part of the spot nodes in use that were lost since the last round, 0…1 */
export function lossesNow(
  { snapshot, nodes, now }: Pick<World, "snapshot" | "nodes" | "now">,
  lostShare: number,
): Losses {
  const before = snapshot.state.availability;
  const usable = nodes.filter(({ priority, standing }) => priority === "spot" && standing === "usable");
  const pools = new Set(nodes.filter(({ priority }) => priority === "spot").map(({ pool }) => pool));
  const least = [...pools].reduce(
    (sum, pool) => sum + (healthOf(pool, nodes, snapshot.poolHealth)?.minSize ?? 0),
    0,
  );
  // No autoscaler goes below its minimum: what is missing of it was lost, though nothing of ours ran there.
  const kept = before?.kept ?? 0;
  const missing = usable.length < kept ? 1 - usable.length / kept : 0;
  const share = Math.min(1, Math.max(lostShare, missing));
  const losses = (before?.losses ?? [])
    .filter(({ at }) => at <= now && now - at < memoryMs)
    .slice(-mostEvents);
  const last = losses.at(-1);
  const lasts = last !== undefined && last.at === before?.at && usable.length === 0;
  const isSame = last !== undefined && (lasts || now - last.at <= oneEventMs);
  if (lasts || share > 0) {
    if (isSame) losses.pop();
    losses.push({ at: now, share: Math.min(1, (isSame ? last.share : 0) + share) });
  }
  return { losses, kept: Math.min(usable.length, least) };
}

/** The worst of the rates over all past spans: so much was lost in so many hours, and one hour more is to come. */
export function expectation({ losses }: Losses, now: number): Expectation {
  let lost = 0;
  let worst: Expectation = { expectedLoss: 0 };
  for (const { at, share } of losses.toReversed()) {
    if (lost >= 1) break;
    lost = Math.min(1, lost + share);
    const hours = (now - at) / hour;
    const expectedLoss = Math.min(1, lost / (hours + 1));
    if (expectedLoss > worst.expectedLoss) worst = { expectedLoss, span: { hours, lost } };
  }
  return worst;
}
