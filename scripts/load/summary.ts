// What is said of a phase at its end, and whether it kept its thresholds. Pure.
import Table from "cli-table3";
import type { PhaseResult } from "./phase.ts";
import type { Phase, Thresholds } from "./profile.ts";
import type { Latencies } from "./statistics.ts";

export interface PhaseSummary {
  phase: string;
  users: number;
  seconds: number;
  requests: number;
  /** Sent, a second. */
  ratePerSecond: number;
  failed: number;
  failedRatio: number;
  /** By kind: `HTTP 503`, `timeout`, `ECONNREFUSED`. */
  failures: Record<string, number>;
  /** Without an answer when the run was interrupted; not among `requests`. */
  cutOff: number;
  /** From the time a request was due to the end of its answer; null when nothing answered. */
  latencyMs: Latencies | null;
  /** How late the generator itself was. */
  sendDelayMs: Latencies | null;
  /** Answers by their header `x-variant`. */
  variants: Record<string, number>;
  /** Lines written to the records file. */
  records: number;
  /** Records that were not posted, since the phase had not the time. */
  recordsLeft: number;
  /** Thresholds that were not kept, in words. */
  missed: string[];
}

export function summarize(
  { name, users }: Phase,
  { seconds, statistics, cutOff, recordsLeft }: PhaseResult,
  thresholds: Thresholds,
  records: number,
): PhaseSummary {
  const { requests, sent, failed, failedRatio, latencies = null, sendDelays = null } = statistics;
  const figures = { requests, failed, failedRatio, latencyMs: latencies };
  return {
    ...{ phase: name, users, seconds, ratePerSecond: seconds > 0 ? sent / seconds : 0, ...figures },
    ...{ failures: byCount(statistics.failures), variants: byCount(statistics.variants) },
    ...{ cutOff, sendDelayMs: sendDelays, records, recordsLeft, missed: missed(thresholds, figures) },
  };
}

const byCount = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));

type Figures = Pick<PhaseSummary, "requests" | "failed" | "failedRatio" | "latencyMs">;

/** Also without any threshold: one request has to succeed. */
export function missed(thresholds: Thresholds, figures: Figures): string[] {
  const { requests, failed, failedRatio, latencyMs } = figures;
  const problems: string[] = [];
  if (requests === 0) problems.push("nothing was sent");
  else if (failed === requests) problems.push("no request succeeded");
  const most = thresholds.failedRatio;
  if (most !== undefined && failedRatio > most) {
    problems.push(`failed: expected at most ${percent(most)}, got ${percent(failedRatio)}`);
  }
  for (const name of ["p50", "p95", "p99"] as const) {
    const limit = thresholds[`${name}Ms`];
    const value = latencyMs?.[name];
    if (limit !== undefined && value !== undefined && value > limit) {
      problems.push(`${name}: expected at most ${limit} ms, got ${value.toFixed(1)} ms`);
    }
  }
  return problems;
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)} %`;

/** Above this the generator was busy itself, and what it measured says less about the server. */
const lateMs = 50;

export function summaryText(summaries: readonly PhaseSummary[]): string {
  if (summaries.length === 0) return "interrupted before the first request\n";
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ["phase", "users", "seconds", "requests", "per second", "failed", "p50", "p90", "p95", "p99", "p99.9", "max ms"], // prettier-ignore
    colAligns: ["left", ...Array<"right">(11).fill("right")],
  });
  for (const { phase, users, seconds, requests, ratePerSecond, failedRatio, latencyMs } of summaries) {
    const { p50, p90, p95, p99, p999, max } = latencyMs ?? {};
    const latencies = [p50, p90, p95, p99, p999, max].map((value) => value?.toFixed(1) ?? "–");
    table.push([phase, users, seconds.toFixed(1), requests, ratePerSecond.toFixed(1), percent(failedRatio), ...latencies]); // prettier-ignore
  }
  return [table.toString(), ...summaries.flatMap(remarks), ""].join("\n");
}

function remarks(summary: PhaseSummary): string[] {
  const { phase, failures, variants, cutOff, records, recordsLeft, sendDelayMs, missed } = summary;
  const answers = Object.values(variants).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(variants)
    .sort()
    .map(([variant, count]) => `${variant} ${percent(count / answers)}`);
  const failed = Object.entries(failures).map(([kind, count]) => `${kind} (${count})`);
  const late = sendDelayMs && sendDelayMs.p99 > lateMs ? sendDelayMs.p99.toFixed(0) : undefined;
  return [
    ...(failed.length > 0 ? [`failed: ${failed.join(", ")}`] : []),
    ...(shares.length > 0 ? [`variants: ${shares.join(", ")}`] : []),
    ...(records > 0 ? [`records written: ${records}`] : []),
    ...(recordsLeft > 0 ? [`records left, its time was over: ${recordsLeft}`] : []),
    ...(cutOff > 0 ? [`requests cut off without an answer: ${cutOff}`] : []),
    ...(late === undefined
      ? []
      : [`this generator was late itself (p99 ${late} ms): its machine is too busy for this load`]),
    ...missed.map((problem) => `MISSED ${problem}`),
  ].map((line) => `${phase}: ${line}`);
}
