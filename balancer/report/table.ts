// What a person at a terminal sees: one line per workload in scope, moves first, and what came of them.
import Table from "cli-table3";
import { whereOf } from "../decide/explain/where.ts";
import { type Candidate, buildWorld } from "../decide/world.ts";
import { type Outcome, type Plan, type Snapshot, type WorkloadRef, workloadKey } from "../model.ts";
import type { Policy } from "../policy.ts";
import { printableLine } from "../printable.ts";
import { isOutOfScope } from "./log.ts";
import type { RoundStats } from "./stats.ts";

export interface TableContext {
  snapshot: Snapshot;
  policy: Policy;
  /** When it was decided; ms since 1970. */
  now: number;
  /** Columns of the terminal: reasons are wrapped to fit. Missing: as wide as it takes. */
  width?: number;
}

const header = ["WORKLOAD", "TIER", "WHERE", "CPU", "DECISION", "REASON", "WHY"];

export function renderTable(
  plan: Plan,
  outcomes: Outcome[],
  stats: RoundStats,
  context: TableContext,
): string {
  const world = buildWorld(context.snapshot, context.policy, context.now);
  const candidates = new Map(world.candidates.map((candidate) => [candidate.key, candidate]));
  const about = (workload: WorkloadRef) => {
    const candidate = candidates.get(workloadKey(workload));
    const seen = candidate ? [candidate.tier, whereOf(candidate, world), cpuOf(candidate)] : ["", "", ""];
    return [displayName(workload), ...seen];
  };
  const byWorkload = new Map(outcomes.map((outcome) => [workloadKey(outcome.move.workload), outcome]));
  const moves = plan.moves.map(({ workload, destination, reason, message }) => {
    const outcome = byWorkload.get(workloadKey(workload));
    const why = outcome ? `${message}; ${outcome.result.toLowerCase()}, ${outcome.message}` : message;
    return [...about(workload), `→ ${destination}`, reason, why];
  });
  const stays = plan.refusals
    .filter((refusal) => !isOutOfScope(refusal))
    .map(({ workload, reason, message }) => [...about(workload), "stays", reason, message])
    .sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  const untouched = stats.workloads - moves.length - stays.length;
  return [
    ...(moves.length + stays.length > 0
      ? layOut([header, ...[...moves, ...stays].map((row) => row.map(printableLine))], context.width)
      : ["No workload is in a namespace that the policy lists."]),
    "",
    `${stats.nodes} nodes, ${stats.pods} pods, ${stats.workloads} workloads (${untouched} out of scope); ` +
      `${plan.moves.length} moves, ${stats.outcomes.Done ?? 0} done${stats.dryRun ? " (dry run)" : ""}; ` +
      `${(stats.durationMs / 1000).toFixed(1)} s`,
    ...asksOf(stats),
    ...stats.warnings.map((warning) => `warning: ${printableLine(warning)}`),
    "",
  ].join("\n");
}

/** What a round writes beside its moves; a dry run that does not say it would keep half of it back. */
function asksOf({ asks: { create, remove }, dryRun }: RoundStats): string[] {
  const room = create.map(
    ({ count, requests: { cpu, memory } }) => `${count} x ${cpu}m and ${Math.round(memory / 2 ** 20)} MiB`,
  );
  const news = [
    ...(room.length > 0 ? [`asks spot for room: ${room.join(", ")}`] : []),
    ...(remove > 0 ? [`takes back ${remove} ${remove === 1 ? "placeholder" : "placeholders"}`] : []),
  ];
  return news.length === 0 ? [] : [`${news.join("; ")}${dryRun ? " (dry run)" : ""}`];
}

export function displayName({ kind, namespace, name }: WorkloadRef): string {
  return `${namespace}/${name}${kind === "Deployment" ? "" : ` (${kind})`}`;
}

/** Two lines and more for each workload, where columns beside each other would leave the reason no room. */
function stack(rows: string[][], width: number): string[] {
  return rows.flatMap(([workload, tier, where, cpu, decision, reason, why]) => [
    `${workload}  ${decision}  ${reason}`,
    ...wrap(`${tier}, ${where}, CPU ${cpu}; ${why}`, width - 4).map((line) => `    ${line}`),
  ]);
}

/** Breaks between words; one that is longer than a line gets a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `3 %` of its requests, and the percentile over the window when it differs. */
function cpuOf({ usage }: Candidate): string {
  const now = ratioText(usage.cpuUtilization);
  const before = ratioText(usage.cpuUtilizationOverWindow);
  return now === before ? now : `${now} (${before})`;
}

/** `0.123` → `12 %`; what is not known is a dash. */
export function ratioText(ratio: number): string {
  return Number.isNaN(ratio) ? "–" : `${Math.round(ratio * 100)} %`;
}

/** Columns in which a sentence can still be read. */
const leastRoom = 20;

function layOut(rows: string[][], width: number | undefined): string[] {
  const gap = 2;
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)) + gap);
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each, 0);
  if (width !== undefined && width - before < leastRoom) return stack(rows.slice(1), width);
  const room = width === undefined ? Infinity : width - before;
  const table = new Table({
    chars: Object.fromEntries(borders.map((name) => [name, ""])),
    style: { "padding-left": 0, "padding-right": gap, head: [], border: [], compact: true },
    colWidths: [...widths.slice(0, -1), Math.min(room, widths.at(-1)!)],
    wordWrap: true,
  });
  table.push(...rows);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

const borders = [
  ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
  ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
];
