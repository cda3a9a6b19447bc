// What one round adds to the numbers that Prometheus reads. Counters are carried from round to round in the cluster,
// because a Job's process, and whatever it counted, is gone before it could be scraped.
import { type Move, type Outcome, type Plan, type Snapshot, workloadKey } from "../model.ts";
import type { Policy } from "../policy.ts";
import { refusalReasons } from "../reasons.ts";
import { type PoolNodes, poolNumbers, savingPerMonth } from "./poolGauges.ts";
import { type Series, add, observe, seriesKey } from "./series.ts";

/** As stored in the state ConfigMap; its size is bounded by the labels, and by pools.ts for nodes. */
export interface StoredMetrics {
  counters: Series;
  gauges: Series;
  pools: PoolNodes[];
  /** Moves of a round that has not told yet what came of them: written before the first of them is done. */
  pending: PendingMove[];
}

export interface PendingMove {
  workload: string;
  kind: Move["kind"];
  reason: Move["reason"];
  /** What the workload remembers once the move is done; missing for a Rebalance, which leaves no trace on it. */
  movedAt?: number;
}

export const emptyMetrics: StoredMetrics = { counters: {}, gauges: {}, pools: [], pending: [] };

/** More than this are not noted one by one: losing half of a large spot pool plans thousands. */
const maxPending = 500;

export function pendingMoves({ moves }: Plan): PendingMove[] {
  return moves.slice(0, maxPending).map(({ workload, kind, reason, memory }) => {
    return { workload: workloadKey(workload), kind, reason, movedAt: memory?.lastMovedAt };
  });
}

export interface RoundFacts {
  plan: Plan;
  outcomes: Outcome[];
  snapshot: Snapshot;
  policy: Policy;
  /** ms since 1970, of the cluster. */
  now: number;
  durationMs: number;
  apiReads: number;
  apiWrites: number;
  promQueries: number;
  newestSampleAgeMs?: number;
}

/**
 * Settles what a round before this one began and never told: a rolling move is Done when the workload remembers it,
 * anything else is Unknown. The process died in between, so this is the only trace of it.
 */
export function settlePending(before: StoredMetrics, snapshot: Snapshot): StoredMetrics {
  if (before.pending.length === 0) return before;
  const counters = { ...before.counters };
  const memories = new Map(snapshot.workloads.map((one) => [workloadKey(one), one.memory?.lastMovedAt]));
  for (const { workload, kind, reason, movedAt } of before.pending) {
    const isDone = movedAt !== undefined && memories.get(workload) === movedAt;
    countMove(counters, kind, reason, isDone ? "Done" : "Unknown");
  }
  add(counters, seriesKey("rounds_total", { result: "Crashed" }), 1);
  return { ...before, counters, pending: [] };
}

/** The numbers after a round, from those before it (which must be settled). */
export function afterRound(before: StoredMetrics, facts: RoundFacts): StoredMetrics {
  const { plan, snapshot, policy, now, newestSampleAgeMs } = facts;
  const counters = countersOf(before, facts);
  const isDone = resultOf(facts) === "Done";
  const lastSuccess = seriesKey("last_success_timestamp_seconds");
  const { gauges, pools } = poolNumbers(snapshot, policy);
  for (const { placement, namespace } of snapshot.workloads) {
    if (Object.hasOwn(policy.namespaces, namespace)) add(gauges, seriesKey("workloads", { placement }), 1);
  }
  // All reasons at all times: a series that comes and goes cannot be alerted on for long.
  for (const reason of Object.keys(refusalReasons)) gauges[seriesKey("refusals", { reason })] = 0;
  for (const { reason } of plan.refusals) add(gauges, seriesKey("refusals", { reason }), 1);
  const seconds = Math.round(now / 1000);
  gauges[seriesKey("last_round_timestamp_seconds")] = seconds;
  if (isDone) gauges[lastSuccess] = seconds;
  else if (before.gauges[lastSuccess] !== undefined) gauges[lastSuccess] = before.gauges[lastSuccess];
  gauges[seriesKey("usage_available")] = snapshot.usageProblem === undefined ? 1 : 0;
  if (newestSampleAgeMs !== undefined) {
    gauges[seriesKey("samples_age_seconds")] = Math.round(newestSampleAgeMs / 1000);
  }
  const saving = savingPerMonth(snapshot, policy);
  gauges[seriesKey("saving_per_month", { currency: policy.costs.currency })] = saving;
  return { counters, gauges, pools, pending: [] };
}

function countersOf(before: StoredMetrics, facts: RoundFacts): Series {
  const { plan, outcomes, snapshot } = facts;
  const counters = { ...before.counters };
  for (const result of ["Done", "Degraded", "Crashed"]) {
    add(counters, seriesKey("rounds_total", { result }), result === resultOf(facts) ? 1 : 0);
  }
  for (const { move, result } of outcomes) countMove(counters, move.kind, move.reason, result);

  const known = new Set(snapshot.state.spotLosses.map(({ node }) => node));
  const lost = plan.state.spotLosses.filter(({ node }) => !known.has(node));
  add(counters, seriesKey("spot_nodes_lost_total"), lost.length);
  add(counters, seriesKey("api_requests_total", { type: "read" }), facts.apiReads);
  add(counters, seriesKey("api_requests_total", { type: "write" }), facts.apiWrites);
  add(counters, seriesKey("prometheus_queries_total"), facts.promQueries);
  observe(counters, "round_duration_seconds", facts.durationMs / 1000);
  return counters;
}

function countMove(counters: Series, kind: Move["kind"], reason: Move["reason"], result: string): void {
  add(counters, seriesKey("moves_total", { kind, reason, result }), 1);
}

function resultOf({ outcomes, snapshot }: RoundFacts): "Done" | "Degraded" {
  const failed = outcomes.some(({ result }) => result === "Failed");
  return failed || snapshot.usageProblem !== undefined ? "Degraded" : "Done";
}
