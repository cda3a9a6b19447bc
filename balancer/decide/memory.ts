// What a workload remembers of its moves, the rest it needs after one, and how often anything moved lately.
import {
  type BalancerState,
  type MoveKind,
  type MoveReason,
  type Snapshot,
  type Workload,
  type WorkloadMemory,
  workloadKey,
} from "../model.ts";
import type { Policy } from "../policy.ts";
import { doubled, forgottenMoves } from "./tries.ts";
import { append } from "../selectors.ts";
import type { World } from "./world/model.ts";

const minute = 60_000;
export const hour = 60 * minute;

/** The memory after one more move. */
export function remember(
  { memory }: Workload,
  move: { kind: MoveKind; reason: MoveReason; didNotStay?: boolean; renews?: boolean },
  policy: Policy,
  now: number,
): WorkloadMemory {
  const placedAt = move.renews ? now : (memory?.placedAt ?? (move.kind === "ToSpot" ? now : undefined));
  return {
    ...(placedAt !== undefined && { placedAt }),
    lastMovedAt: now,
    lastMove: move.kind,
    lastReason: move.reason,
    recentMoves: [...withinHour(memory?.recentMoves ?? [], now), now].sort((a, b) => a - b),
    failedReturns: failedReturns(memory, move, policy, now),
  };
}

/**
 * Going to spot again because the pods did not get there is one more failed try. Coming back from spot within twice the cool-down after it went there makes that move a failed one; a longer stay
 * forgives all earlier ones.
 */
function failedReturns(
  memory: WorkloadMemory | undefined,
  { kind, reason, didNotStay }: { kind: MoveKind; reason: MoveReason; didNotStay?: boolean },
  policy: Policy,
  now: number,
): number {
  const before = memory?.failedReturns ?? 0;
  if (reason === "BackToSpot") return didNotStay ? before + 1 : 0;
  // What a loss costs is counted by availability, for all alike.
  if (reason === "SpotNodeLost") return before;
  if (kind !== "ToRegular" || memory?.lastMove !== "ToSpot") return before;
  return now - memory.lastMovedAt < 2 * policy.cooldown.minutes * minute ? before + 1 : 0;
}

/**
 * Until when a workload rests; 0 when it may move. Each failed return doubles the rest before the next try on spot, and
 * each eviction of the last day the rest before the next one: whatever was expected of it did not come about.
 * @param evictedAt times of our evictions of its pods
 */
export function restsUntil(
  { memory }: Workload,
  evictedAt: number[],
  kind: MoveKind,
  policy: Policy,
  returns = false,
): number {
  const movedAt = Math.max(memory?.lastMovedAt ?? -Infinity, ...evictedAt);
  if (movedAt === -Infinity) return 0;
  // What lost its place on spot has not moved of anybody's wish: it needs no long rest.
  const minutes = returns ? Math.min(policy.cooldown.minutes, 5) : policy.cooldown.minutes;
  const doublings = {
    ToSpot: memory?.failedReturns ?? 0,
    ToRegular: 0,
    Rebalance: Math.max(0, evictedAt.length - 1),
  };
  return movedAt + doubled(minutes, doublings[kind], policy.cooldown.maxMinutes);
}

/** Clocks may differ by so much; what lies further ahead nobody can have done. */
const ahead = 5 * minute;

/**
 * Whoever owns the workload can write our annotation, and clocks have been wrong: a move that is yet to come never was,
 * or the workload would rest until then, and use up everybody's budget.
 */
export function withBelievedMemory(workload: Workload, now: number): Workload {
  const { memory } = workload;
  if (!memory) return workload;
  const isPast = (at: number) => at <= now + ahead;
  if (isPast(memory.lastMovedAt) && memory.recentMoves.every(isPast)) return workload;
  const lastMovedAt = isPast(memory.lastMovedAt) ? memory.lastMovedAt : 0;
  return { ...workload, memory: { ...memory, lastMovedAt, recentMoves: memory.recentMoves.filter(isPast) } };
}

/** Moves of the last hour, from every place they are remembered in. Of others' workloads we have moved none. */
export function movesInLastHour({ snapshot, candidates, now }: World): number {
  let count = snapshot.state.evictions.filter(({ at }) => now - at < hour).length;
  count += forgottenMoves(snapshot, now - hour);
  for (const { workload } of candidates) count += withinHour(workload.memory?.recentMoves ?? [], now).length;
  return count;
}

/** Evictions worth remembering. */
export function evictionsOfTheDay(state: BalancerState, now: number): BalancerState["evictions"] {
  return state.evictions.filter(({ at }) => now - at < 24 * hour);
}

/** Times of the day's evictions by workload key. */
export function evictionTimes(state: BalancerState, now: number): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { workload, at } of evictionsOfTheDay(state, now)) append(times, workload, at);
  return times;
}

/** Workloads that are placed on spot, by key. */
export function placedOnSpot({ workloads }: Snapshot): Set<string> {
  return new Set(workloads.filter(({ placement }) => placement === "spot").map(workloadKey));
}

function withinHour(times: number[], now: number): number[] {
  return times.filter((at) => now - at < hour);
}
