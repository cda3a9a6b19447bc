// The log: one JSON line per decision, on stderr, with the same reasons as in the Plan.
import { type Logger, pino } from "pino";
import { printableJson } from "../printable.ts";
import type { Outcome, Plan, Refusal } from "../model.ts";

export type { Logger } from "pino";

/** Lines are written at once: a Job that is killed leaves all that it said. */
export function createLog(level: string): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => destination.write(printableJson(line)) },
  );
}

export function logPlan(log: Logger, { moves, refusals }: Plan): void {
  for (const { workload, kind, reason, message, source, destination, score, voluntary, evidence } of moves) {
    log.info(
      { decision: "move", kind, ...where(workload), reason, source, destination, score, voluntary, evidence },
      message,
    );
  }
  for (const refusal of refusals) {
    const { workload, reason, message, placement, evidence } = refusal;
    const line = { decision: "refusal", ...where(workload), reason, placement, evidence };
    if (isOutOfScope(refusal)) log.debug(line, message);
    else log.info(line, message);
  }
}

export function logOutcomes(log: Logger, outcomes: Outcome[]): void {
  for (const { move, result, reason, message } of outcomes) {
    const line = {
      outcome: result,
      kind: move.kind,
      ...where(move.workload),
      reason,
      moveReason: move.reason,
    };
    if (result === "Failed") log.error(line, message);
    else if (result === "Skipped") log.warn(line, message);
    else log.info(line, message);
  }
}

/** What the balancer would never touch: most of a large cluster, and no news. */
export function isOutOfScope({ reason }: Refusal): boolean {
  return reason === "NamespaceForbidden" || reason === "UnsupportedKind";
}

function where({ kind, namespace, name }: Refusal["workload"]) {
  return { workload: `${namespace}/${name}`, workloadKind: kind };
}
