// What outlives a round: memories of single workloads, and the state that one round hands to the next.

import type { MoveReason } from "../reasons.ts";
import type { Priority } from "./template.ts";

export type MoveKind = "ToSpot" | "ToRegular" | "Rebalance";

/**
 * What is remembered of one workload: `act` writes `Move.memory` into the workload's annotation in the same request as
 * the placement, so that a crash between the two cannot exist.
 */
export interface WorkloadMemory {
  lastMovedAt: number;
  lastMove: MoveKind;
  lastReason: MoveReason;
  /** Times of our moves of this workload in the last hour, oldest first, `lastMovedAt` included. */
  recentMoves: number[];
  /**
   * What its template is marked with while it is on spot: the time of the first move, or of the last one that had to
   * replace pods of the same placement. Each other time for the same template would be one more revision in its history.
   */
  placedAt?: number;
  /** Times in a row that it had to leave spot soon after it came; each doubles the cool-down. */
  failedReturns: number;
}

/** What a round hands to the next one (ConfigMap). `emptyState` is a valid one. */
export interface BalancerState {
  /** Spot nodes in use in the last round, by pool: one that is gone now was lost. */
  spotNodesByPool: Record<string, string[]>;
  /** Spot nodes lost lately (gone, condemned, cordoned, not ready), with the last time each was seen so. */
  spotLosses: { node: string; pool: string; at: number }[];
  /** What availability has cost so far; missing before the first round. */
  availability?: AvailabilityState;
  /** Evictions of the last day, planned before they are done; rolling moves are remembered on the workload. */
  evictions: { workload: string; at: number; /** That it was to cool. */ hotNode?: string }[];
  /** The last move of a workload's placement, by workload key, and what came of it. */
  tries?: Record<string, Try>;
  /** Workloads, by key, that spot had no node for and would have had none however many came; when that was seen last. */
  askedInVain?: Record<string, number>;
  /** Namespaces in which we lack the right to write. */
  forbidden?: Record<string, Setback>;
}

/** Remembered here and not on the workload, where whoever undoes the move undoes the memory too. */
export interface Try {
  /** When it was planned. */
  at: number;
  placement: Priority;
  /**
   * What came of it; missing: not recorded. `Refused`: by a webhook, a policy, a field's owner. `Changed`: the workload was
   * another one by then, or the server failed. `Undone`: the placement vanished without us. `None`: it was not tried after all.
   */
  result?: "Done" | "Refused" | "Changed" | "Undone" | "None";
  /** How often in a row it came to nothing, and when last; each doubles the rest. */
  failed: number;
  failedAt?: number;
  /** In the words of whoever refused. */
  why?: string;
}

export interface Setback {
  /** How often in a row. */
  failed: number;
  at: number;
  why: string;
}

export interface AvailabilityState {
  /** When the last round was. */
  at: number;
  /** Losses of spot nodes, oldest first; `at`: when spot was back, `share`: the part that was lost, 0…1. */
  losses: { at: number; share: number }[];
  /** Usable spot nodes in the last round, as far as the autoscaler never goes below them. */
  kept?: number;
  /** Pod-minutes without service after losses, by tier or namespace; forgotten by and by. */
  spent: Record<string, number>;
}

export const emptyState: BalancerState = { spotNodesByPool: {}, spotLosses: [], evictions: [] };
