// The numbers of one round, for the JSON output and the last line of the log.
import type { Outcome, Plan, Snapshot, SpotAsk } from "../model.ts";

export interface RoundStats {
  /** ISO time of the cluster's clock. */
  startedAt: string;
  durationMs: number;
  dryRun: boolean;
  nodes: number;
  pods: number;
  workloads: number;
  /** Workloads by where their template asks to run. */
  placements: Record<string, number>;
  /** Counts by reason. */
  moves: Record<string, number>;
  refusals: Record<string, number>;
  /** Room that spot is asked for, beside what it is asked for already; and how many placeholders go. */
  asks: { create: SpotAsk["create"]; remove: number };
  /** Counts by result. */
  outcomes: Partial<Record<Outcome["result"], number>>;
  apiReads: number;
  apiWrites: number;
  promQueries: number;
  newestSampleAgeSeconds: number | null;
  /** What kept the round from doing all it could. */
  warnings: string[];
}

export function buildStats(
  plan: Plan,
  outcomes: Outcome[],
  snapshot: Snapshot,
  rest: Omit<
    RoundStats,
    "nodes" | "pods" | "workloads" | "placements" | "moves" | "refusals" | "asks" | "outcomes"
  >,
): RoundStats {
  return {
    ...rest,
    nodes: snapshot.nodes.length,
    pods: snapshot.pods.length,
    workloads: snapshot.workloads.length,
    placements: countBy(snapshot.workloads.map(({ placement }) => placement)),
    moves: countBy(plan.moves.map(({ reason }) => reason)),
    refusals: countBy(plan.refusals.map(({ reason }) => reason)),
    asks: { create: plan.ask?.create ?? [], remove: plan.ask?.remove.length ?? 0 },
    outcomes: countBy(outcomes.map(({ result }) => result)),
  };
}

function countBy<Key extends string>(keys: Key[]): Partial<Record<Key, number>> & Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts as Partial<Record<Key, number>> & Record<string, number>;
}
