// Which Kubernetes Events are told: every move, and a refusal when its reason changes, then once an hour.
//
// Each round is a new process, so what was told before comes in, and what is to be remembered goes out.
import { own } from "../own.ts";
import { createHash } from "node:crypto";
import {
  type MoveKind,
  type Outcome,
  type Plan,
  type Refusal,
  type WorkloadRef,
  workloadKey,
} from "../model.ts";
import type { ToldEvents } from "../state/schema.ts";
import { type EventContent, type EventSource, createEvent, evidenceText, repeatEvent } from "./event.ts";
import { type Logger, isOutOfScope } from "./log.ts";

const hourMs = 3_600_000;

/** The others' turn comes in the next rounds, as they were not told yet. */
const maxRefusalsPerRound = 50;

/** 5,000 take about 300 KB of the ConfigMap's 1 MiB; what is beyond is in the log only. */
const maxRemembered = 5000;

const actions: Record<MoveKind, string> = {
  ToSpot: "MoveToSpot",
  ToRegular: "MoveToRegular",
  Rebalance: "Evict",
};

export interface EventOptions extends EventSource {
  log: Logger;
}

/** Events are a service to people: one that cannot be told is logged and goes no further. */
export async function tellEvents(
  plan: Plan,
  outcomes: Outcome[],
  told: ToldEvents,
  options: EventOptions,
): Promise<ToldEvents> {
  const remembered: ToldEvents = {};
  const send = async (told: Promise<void>) => {
    await told.catch((error: unknown) =>
      options.log.warn({ error: String(error) }, "an Event could not be told"),
    );
  };
  for (const [index, outcome] of outcomes.entries()) {
    await send(createEvent(ofOutcome(outcome), options, index));
  }

  let sent = 0;
  let kept = 0;
  for (const refusal of plan.refusals) {
    if (isOutOfScope(refusal) || kept >= maxRemembered) continue;
    const key = fingerprint(refusal.workload);
    const before = own(told, key);
    const last = before?.reason === refusal.reason ? before : undefined;
    const isDue = !last || options.now - last.at >= hourMs;
    if (isDue && sent >= maxRefusalsPerRound) continue;
    kept++;
    remembered[key] = isDue
      ? { reason: refusal.reason, at: options.now, count: (last?.count ?? 0) + 1 }
      : last;
    if (!isDue) continue;
    sent++;
    await send(repeatEvent(ofRefusal(refusal), options, remembered[key].count));
  }
  return remembered;
}

function ofOutcome({ move, result, reason, message }: Outcome): EventContent {
  const isDone = result === "Done";
  return {
    workload: move.workload,
    uid: move.uid,
    action: actions[move.kind],
    reason: isDone ? move.reason : reason,
    type: isDone ? "Normal" : "Warning",
    note: isDone
      ? `${move.source} → ${move.destination}: ${move.message} (${evidenceText(move.evidence)})`
      : `not moved from ${move.source} to ${move.destination} (${move.reason}): ${message}`,
  };
}

function ofRefusal({ workload, uid, reason, message, evidence }: Refusal): EventContent {
  const facts = evidenceText(evidence);
  const note = facts ? `${message} (${facts})` : message;
  return { workload, uid, action: "Refuse", reason, type: "Normal", note };
}

/** Short, as thousands of them share one ConfigMap. */
function fingerprint(workload: WorkloadRef): string {
  return createHash("sha256").update(workloadKey(workload)).digest("base64url").slice(0, 10);
}
