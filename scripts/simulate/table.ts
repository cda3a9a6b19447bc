// A comparison of simulated runs as tables for people.
import Table from "cli-table3";
import type { Comparison } from "./compare.ts";
import type { Run } from "./meter.ts";

export const plain = { style: { head: [], border: [], compact: true } };
export const percent = (part: number, digits = 1) => `${(part * 100).toFixed(digits)} %`;
const fixed = (value: number) => value.toFixed(1);

export function renderComparison(comparison: Comparison): string {
  const { hours, spotAvailable, balanced, saving, currency, roundSeconds, seed } = comparison;
  const { least, mean, most } = spotAvailable;
  const { changes, medianMinutes, worstMinutes } = balanced.convergence;
  const reasons = Object.entries(balanced.movesByReason).map(([reason, count]) => `${reason} ${count}`);
  return [
    `${fixed(hours)} h, ${balanced.rounds} rounds of ${roundSeconds} s, ${least}–${most} spot nodes to be had (mean ${fixed(mean)}), seed ${seed}`,
    totals(comparison),
    `Saved ${saving.cost.toFixed(2)} ${currency}: ${percent(saving.share)} of doing nothing, ${percent(saving.ofPossible)} of what the best plan would have saved.`,
    `Moves by reason: ${reasons.join(", ") || "none"}. After ${changes} changes of the traces the last move came within ${fixed(medianMinutes)} min (median), ${fixed(worstMinutes)} min (worst).`,
    workloads(balanced),
    "",
  ].join("\n");
}

function totals({ balanced, nothing, best, currency }: Comparison): string {
  const table = new Table({
    ...plain,
    head: ["", "balancer", "doing nothing", "best in hindsight"],
    colAligns: ["left", "right", "right", "right"],
  });
  const row = (name: string, of: (run: Run) => string | number, bound = "") =>
    table.push([name, of(balanced), of(nothing), bound]);
  row(`cost, ${currency}`, ({ cost }) => cost.toFixed(2), `≥ ${best.cost.toFixed(2)}`);
  row("node-hours regular", ({ nodeHours }) => fixed(nodeHours.regular));
  row("node-hours spot", ({ nodeHours }) => fixed(nodeHours.spot));
  row("time on spot", ({ podMinutes: { onSpot, running } }) => percent(running > 0 ? onSpot / running : 0));
  row("moves to spot", ({ moves }) => moves.ToSpot);
  row("moves to regular", ({ moves }) => moves.ToRegular);
  row("moves inside a pool", ({ moves }) => moves.Rebalance);
  row("ping-pongs", ({ pingPongs }) => pingPongs);
  row("spot nodes lost", ({ nodesLost }) => nodesLost);
  row("pod-minutes pending", ({ podMinutes }) => fixed(podMinutes.pending));
  row("pod-minutes unavailable", ({ podMinutes }) => fixed(podMinutes.unavailable));
  row("budget violations", ({ budgetViolations }) => budgetViolations);
  return table.toString();
}

function workloads({ workloads }: Run): string {
  const table = new Table({
    ...plain,
    head: ["workload", "tier", "time on spot", "moves", "minutes unavailable"],
    colAligns: ["left", "left", "right", "right", "right"],
  });
  for (const { name, tier, spotShare, moves, unavailableMinutes } of workloads) {
    table.push([name, tier, percent(spotShare), moves, fixed(unavailableMinutes)]);
  }
  return table.toString();
}
