// What a workload remembers of its moves, the rest it needs after one, and how often anything moved lately.
import type { BalancerState, MoveKind, MoveReason, Snapshot, Workload, WorkloadMemory } from "../model.ts";
import { workloadKey } from "../model.ts";
import type { Policy } from "../policy.ts";

const minute = 60_000;
export const hour = 60 * minute;

/** The memory after one more move. */
export function remember(
  { memory }: Workload,
  move: { kind: MoveKind; reason: MoveReason },
  policy: Policy,
  now: number,
): WorkloadMemory {
  return {
    lastMovedAt: now,
    lastMove: move.kind,
    lastReason: move.reason,
    recentMoves: [...withinHour(memory?.recentMoves ?? [], now), now].sort((a, b) => a - b),
    failedReturns: failedReturns(memory, move.kind, policy, now),
  };
}

/**
 * Coming back from spot within twice the cool-down after it went there makes that move a failed one; a longer stay
 * forgives all earlier ones.
 */
function failedReturns(
  memory: WorkloadMemory | undefined,
  kind: MoveKind,
  policy: Policy,
  now: number,
): number {
  const before = memory?.failedReturns ?? 0;
  if (kind !== "ToRegular" || memory?.lastMove !== "ToSpot") return before;
  return now - memory.lastMovedAt < 2 * policy.cooldown.minutes * minute ? before + 1 : 0;
}

/**
 * Until when a workload rests; 0 when it may move. Each failed return doubles the rest before the next try on spot.
 * @param evictedAt our last eviction of one of its pods
 */
export function restsUntil(
  { memory }: Workload,
  evictedAt: number | undefined,
  kind: MoveKind,
  policy: Policy,
): number {
  const movedAt = Math.max(memory?.lastMovedAt ?? -Infinity, evictedAt ?? -Infinity);
  if (movedAt === -Infinity) return 0;
  const { minutes, maxMinutes } = policy.cooldown;
  const doubled = minutes * 2 ** Math.min(memory?.failedReturns ?? 0, 20);
  const rest = kind === "ToSpot" ? Math.max(minutes, Math.min(doubled, maxMinutes)) : minutes;
  return movedAt + rest * minute;
}

/** Moves of the last hour, from every place they are remembered in. */
export function movesInLastHour({ workloads, state }: Snapshot, now: number): number {
  let count = recentEvictions(state, now).length;
  for (const { memory } of workloads) if (memory) count += withinHour(memory.recentMoves, now).length;
  return count;
}

export function recentEvictions(state: BalancerState, now: number): BalancerState["evictions"] {
  return state.evictions.filter(({ at }) => now - at < hour);
}

/** Last eviction by workload key. */
export function lastEvictions(state: BalancerState): Map<string, number> {
  const last = new Map<string, number>();
  for (const { workload, at } of state.evictions) last.set(workload, Math.max(at, last.get(workload) ?? 0));
  return last;
}

/** Workloads that are placed on spot, by key. */
export function placedOnSpot({ workloads }: Snapshot): Set<string> {
  return new Set(workloads.filter(({ placement }) => placement === "spot").map(workloadKey));
}

function withinHour(times: number[], now: number): number[] {
  return times.filter((at) => now - at < hour);
}
