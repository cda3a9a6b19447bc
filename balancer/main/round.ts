// One round: take the Lease, observe, decide, act, report, give the Lease back. Wires the parts, and decides nothing.
import { act, actDry } from "../act.ts";
import { askSpot } from "../act/ask.ts";
import { decide } from "../decide.ts";
import { recordOutcomes, withKnownRefusals } from "../decide/tries.ts";
import { policyWarnings } from "../decide/warnings.ts";
import { rootCause } from "../failures.ts";
import { ApiError } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Lease, type LeaseHeldByOther, acquireLease, writingUnder } from "../lease.ts";
import { afterRound, pendingMoves, settlePending } from "../metrics/round.ts";
import { type Outcome, type Plan, type Snapshot } from "../model.ts";
import { type Observation, observe } from "../observe.ts";
import type { Policy } from "../policy.ts";
import type { Prometheus } from "../prometheus.ts";
import { type Logger, type RoundStats, buildStats, logOutcomes, logPlan, tellEvents } from "../report.ts";
import { type StateStore, readState } from "../state.ts";

export interface RoundOptions {
  client: KubeClient;
  prometheus: Prometheus;
  policy: Policy;
  /** Of Lease and state. */
  namespace: string;
  dryRun: boolean;
  /** Who holds the Lease; differs between any two runs. */
  identity: string;
  log: Logger;
  /** Ends the round between two steps; its reason is thrown when there is no plan yet. */
  stop: AbortSignal;
}

/** Another balancer acts; this one has done nothing. */
export type Skipped = LeaseHeldByOther;

export interface RoundResult {
  plan: Plan;
  snapshot: Snapshot;
  /** When it was decided; ms since 1970. */
  decidedAt: number;
  outcomes: Outcome[];
  stats: RoundStats;
  /** What went wrong beside the outcomes; what could be done was done all the same. */
  problems: string[];
}

export async function runRound(options: RoundOptions): Promise<RoundResult | Skipped> {
  const { client, namespace, dryRun, identity } = options;
  if (dryRun) return runAlone(options, undefined);
  const lease = await acquireLease(client, namespace, identity);
  if ("heldBy" in lease) return lease;
  try {
    return await runAlone({ ...options, client: writingUnder(lease, client) }, lease);
  } finally {
    await lease.release();
  }
}

/** @param lease undefined: a dry run, which writes nothing */
async function runAlone(options: RoundOptions, lease: Lease | undefined): Promise<RoundResult> {
  const { client, prometheus, policy, log, stop } = options;
  const start = performance.now();
  const state = await unlessStopped(readState(client, options.namespace), stop);
  for (const problem of state.problems) log.warn({ problem }, "state");
  const { snapshot, usage, doubts } = await unlessStopped(
    observe(client, prometheus, policy, state.stored.balancer),
    stop,
  );
  const startedAt = client.now();
  const plan = decide(snapshot, policy, startedAt);
  logPlan(log, plan);

  const seen = { plan, snapshot, usage, start };
  const done = lease ? await carryOut(seen, state, lease, options) : { outcomes: actDry(plan, startedAt) };
  const { outcomes, unrecorded } = done;
  logOutcomes(log, outcomes);

  const stats = buildStats(plan, outcomes, snapshot, {
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(performance.now() - start),
    dryRun: lease === undefined,
    apiReads: client.calls.reads,
    apiWrites: client.calls.writes,
    promQueries: prometheus.queries,
    newestSampleAgeSeconds:
      usage.newestSampleAgeMs === undefined ? null : Math.round(usage.newestSampleAgeMs / 1000),
    warnings: [...state.problems, ...warnings(usage, snapshot, policy, startedAt), ...doubts],
  });
  log.info({ stats }, "round finished");
  const problems = [usage.problem, unrecorded].filter((problem) => problem !== undefined);
  return { plan, snapshot, decidedAt: startedAt, outcomes, stats, problems };
}

interface Seen {
  plan: Plan;
  snapshot: Snapshot;
  usage: Observation["usage"];
  /** By `performance.now()`. */
  start: number;
}

interface CarriedOut {
  outcomes: Outcome[];
  /** Why the state does not have them; the next round finds them in the cluster. */
  unrecorded?: string;
}

async function carryOut(
  { plan, snapshot, usage, start }: Seen,
  state: StateStore,
  lease: Lease,
  { client, prometheus, policy, log, stop, identity }: RoundOptions,
): Promise<CarriedOut> {
  const { stored } = state;
  const metrics = settlePending(stored.metrics, snapshot);
  let unsaved: string | undefined;
  // Before the first move, so that a crash in between forgets no budget and no move.
  if (plan.moves.length > 0 && (await lease.isHeld())) {
    const pending = pendingMoves(plan);
    await state
      .save({ ...stored, balancer: plan.state, metrics: { ...metrics, pending } })
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        unsaved = `The state cannot be saved, so nothing moves but what has to: ${error.message}`;
      });
  }
  const outcomes = withKnownRefusals(await act(plan, { client, policy, stop, unsaved }), stored.balancer);
  const events = { client, log, instance: identity, now: client.now() };
  if (unsaved !== undefined) {
    // Others would be told in each round anew.
    const moved = outcomes.filter(({ result }) => result === "Done");
    await tellEvents({ ...plan, refusals: [] }, moved, {}, events);
    return { outcomes, unrecorded: unsaved };
  }
  if (plan.ask && !stop.aborted) {
    for (const problem of await askSpot(client, plan.ask, policy, stop)) log.warn({ problem }, "placeholder");
  }

  if (!(await lease.isHeld())) return { outcomes };
  const told = await tellEvents(plan, outcomes, stored.told, events);
  const facts = {
    ...{ plan, outcomes, snapshot, policy, now: client.now() },
    durationMs: performance.now() - start,
    apiReads: client.calls.reads,
    apiWrites: client.calls.writes,
    promQueries: prometheus.queries,
    newestSampleAgeMs: usage.newestSampleAgeMs,
  };
  try {
    if (await lease.isHeld())
      await state.save({
        balancer: recordOutcomes(plan.state, outcomes),
        told,
        metrics: afterRound(metrics, facts),
      });
  } catch (error) {
    if (stop.aborted) throw error;
    return { outcomes, unrecorded: `The round's end could not be recorded: ${rootCause(error)}` };
  }
  return { outcomes };
}

function warnings(
  { problem }: Observation["usage"],
  snapshot: Snapshot,
  policy: Policy,
  now: number,
): string[] {
  return [...(problem === undefined ? [] : [problem]), ...policyWarnings(snapshot, policy, now)];
}

/** What is only being read may be left behind when the round is to end. */
async function unlessStopped<T>(reading: Promise<T>, stop: AbortSignal): Promise<T> {
  // What is cut off later has nobody else to hear of it: it would end the process, and the watcher would keep the Lease.
  reading.catch(() => undefined);
  stop.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(stop.reason as Error);
  stop.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([reading, stopped.promise]);
  } finally {
    stop.removeEventListener("abort", onAbort);
    stopped.promise.catch(() => undefined);
  }
}
