// What became of our moves, remembered where nobody else writes: refused, or undone by somebody; each time doubles the rest.
import {
  type BalancerState,
  type Outcome,
  type Plan,
  type Setback,
  type Snapshot,
  type Try,
  workloadKey,
} from "../model.ts";
import type { Policy } from "../policy.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
/** A ConfigMap holds 1 MiB; a try takes up to 500 bytes of it. */
const most = 1000;

/** A refused write disturbs nobody, so it may be tried again sooner than one that rolled pods for nothing. */
const firstRestOfRefused = 5;

/** The tries that the state has, with what is seen now of those that were done, or whose end was not recorded. */
export function triesNow({ state, workloads }: Snapshot, now: number): Map<string, Try> {
  const byKey = new Map(workloads.map((workload) => [workloadKey(workload), workload]));
  const tries = new Map<string, Try>();
  for (const [key, tried] of Object.entries(state.tries ?? {})) {
    if (now - Math.max(tried.at, tried.failedAt ?? 0) > 7 * day) continue;
    const workload = byKey.get(key);
    const isOpen = tried.result === undefined || tried.result === "Done";
    const holds = workload?.placement === tried.placement;
    if (!workload || (holds && tried.placement === "spot") || (!isOpen && !holds)) tries.set(key, tried);
    else if (!holds) tries.set(key, vanished(tried, now, workload.memory?.lastMovedAt === tried.at));
    // What came back to regular is done with.
  }
  return tries;
}

/**
 * Rounds give no placement away without a try of their own, so somebody else did; one that stood a day was worth it.
 * @param wasDone the workload still says so, though the placement is gone
 */
function vanished(tried: Try, now: number, wasDone: boolean): Try {
  const failed = now - tried.at > day ? 1 : tried.failed + 1;
  // A round that crashed left its moves undone, and the next one goes on with them. Twice in a row it was no crash.
  const mayBeCrash = tried.result === undefined && !wasDone && failed === 1;
  const cause = tried.placement === "spot" ? "Undone" : "Refused";
  return { ...tried, result: mayBeCrash ? "Changed" : cause, failed, failedAt: now };
}

/** The tries after this round's plan, and before it is carried out. */
export function withPlanned(
  tries: Map<string, Try>,
  moves: Plan["moves"],
  now: number,
): BalancerState["tries"] {
  const next = new Map(tries);
  for (const { workload, placement } of moves) {
    if (placement === undefined) continue;
    const key = workloadKey(workload);
    next.set(key, { at: now, placement, failed: next.get(key)?.failed ?? 0 });
  }
  if (next.size === 0) return undefined;
  return Object.fromEntries([...next].sort(([, a], [, b]) => b.at - a.at).slice(0, most));
}

/** The state with what came of the round's moves. */
export function recordOutcomes(state: BalancerState, outcomes: Outcome[]): BalancerState {
  const tries = new Map(Object.entries(state.tries ?? {}));
  const forbidden = new Map(Object.entries(state.forbidden ?? {}));
  const before = new Map(forbidden);
  for (const { move, result, reason, message, at } of outcomes) {
    const { namespace } = move.workload;
    const why = message.slice(0, 300);
    if (result === "Done" && forbidden.get(namespace) === before.get(namespace)) forbidden.delete(namespace);
    // Rights are given by namespace: what one workload is refused, all are.
    if (reason === "Forbidden") {
      forbidden.set(namespace, { failed: (before.get(namespace)?.failed ?? 0) + 1, at, why });
    }
    const key = workloadKey(move.workload);
    const tried = tries.get(key);
    if (!tried || move.placement === undefined) continue;
    const failed = { ...tried, failed: tried.failed + 1, failedAt: at, why };
    if (result === "Done") tries.set(key, { ...tried, result: "Done" });
    else if (isRefusal(reason)) tries.set(key, { ...failed, result: "Refused" });
    // A server that is not there at all records nothing; but one may turn this write away each time (429), or a webhook hang
    // for longer than we wait (cert-manager/cert-manager#6488), and then it would be tried first in every round.
    else if (reason === "Changed" || (result === "Failed" && reason !== "Forbidden"))
      tries.set(key, { ...failed, result: "Changed" });
    else tries.set(key, { ...tried, result: "None" });
  }
  return {
    ...state,
    ...(tries.size > 0 && { tries: Object.fromEntries(tries) }),
    forbidden: forbidden.size > 0 ? Object.fromEntries(forbidden) : undefined,
  };
}

/** `Forbidden` is counted for the whole namespace. */
const isRefusal = (reason: string): boolean => reason === "Rejected" || reason === "ForeignOwner";

/** A refusal that the round before knew of already is told, and is no failure of this round. */
export function withKnownRefusals(
  outcomes: Outcome[],
  { tries = {}, forbidden = {} }: BalancerState,
): Outcome[] {
  return outcomes.map((outcome) => {
    const { move, result, reason } = outcome;
    const known =
      reason === "Forbidden"
        ? Object.hasOwn(forbidden, move.workload.namespace)
        : isRefusal(reason) && (tries[workloadKey(move.workload)]?.failed ?? 0) > 0;
    return result === "Failed" && known ? { ...outcome, result: "Skipped" } : outcome;
  });
}

/** Until when a workload is left alone after a try that came to nothing; 0: it is not. */
export function restsAfterTry({ result, failed, failedAt }: Try, { cooldown }: Policy): number {
  if (failedAt === undefined || result === "None") return 0;
  if (result === "Undone") return failedAt + doubled(cooldown.minutes, failed - 1, cooldown.maxMinutes);
  // That something changed between reading and writing, or a server fails, happens; twice in a row it is a habit.
  const times = result === "Changed" ? failed - 1 : failed;
  if (times < 1) return 0;
  return failedAt + doubled(Math.min(firstRestOfRefused, cooldown.minutes), times - 1, cooldown.maxMinutes);
}

/** An API server that has just come up lacks the rights for a moment, so the first time is not believed. */
export function restsAfterForbidden({ failed, at }: Setback, { cooldown }: Policy): number {
  if (failed <= 1) return 0;
  return at + doubled(Math.min(firstRestOfRefused, cooldown.minutes), failed - 2, cooldown.maxMinutes);
}

/** A rest in milliseconds, of minutes. */
export function doubled(first: number, times: number, maxMinutes: number): number {
  return Math.min(first * 2 ** Math.min(times, 20), Math.max(first, maxMinutes)) * minute;
}

/** Moves of the last hour that no workload remembers any more: with our placement went our annotation. */
export function forgottenMoves({ state, workloads }: Snapshot, since: number): number {
  const tries = Object.entries(state.tries ?? {}).filter(
    ([, { at, result }]) => at > since && (result === "Done" || result === "Undone"),
  );
  if (tries.length === 0) return 0;
  const remembered = new Map(workloads.map((each) => [workloadKey(each), each.memory?.recentMoves ?? []]));
  return tries.filter(([key, { at }]) => !remembered.get(key)?.includes(at)).length;
}
