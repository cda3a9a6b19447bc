// What a person at a terminal sees: one line per workload in scope, moves first, and what came of them.
import { type Outcome, type Plan, workloadKey } from "../model.ts";
import { isOutOfScope } from "./log.ts";
import type { RoundStats } from "./stats.ts";

export function renderTable(plan: Plan, outcomes: Outcome[], stats: RoundStats): string {
  const byWorkload = new Map(outcomes.map((outcome) => [workloadKey(outcome.move.workload), outcome]));
  const moves = plan.moves.map(({ workload, source, destination, reason, message }) => {
    const outcome = byWorkload.get(workloadKey(workload));
    const result = outcome ? `${outcome.result.toLowerCase()}, ${outcome.message}` : "";
    return [name(workload), source, `→ ${destination}`, reason, result ? `${message}; ${result}` : message];
  });
  const inScope = plan.refusals.filter((refusal) => !isOutOfScope(refusal));
  const stays = inScope
    .map(({ workload, placement, reason, message }) => [name(workload), placement, "stays", reason, message])
    .sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  const rows = [["WORKLOAD", "ON", "DECISION", "REASON", "WHY"], ...moves, ...stays];
  const untouched = stats.workloads - moves.length - stays.length;
  return [
    ...(moves.length + stays.length > 0
      ? alignColumns(rows)
      : ["No workload is in a namespace that the policy lists."]),
    "",
    `${stats.nodes} nodes, ${stats.pods} pods, ${stats.workloads} workloads (${untouched} out of scope); ` +
      `${plan.moves.length} moves, ${stats.outcomes.Done ?? 0} done${stats.dryRun ? " (dry run)" : ""}; ` +
      `${(stats.durationMs / 1000).toFixed(1)} s`,
    ...stats.warnings.map((warning) => `warning: ${warning}`),
    "",
  ].join("\n");
}

function name({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string {
  return `${namespace}/${name}${kind === "Deployment" ? "" : ` (${kind})`}`;
}

function alignColumns(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
