// The recorded day in words: a handful of its moves, and what it cost beside doing nothing and beside the best there is.
import Table from "cli-table3";
import { percent, plain } from "../simulate/table.ts";
import type { Day, Moved } from "./day.ts";

const handful = 7;

/** The first move for each reason, in the order of the day. */
export function tellingMoves(moves: readonly Moved[]): Moved[] {
  const reasons = new Set<string>();
  return moves.filter(({ reason }) => !reasons.has(reason) && reasons.add(reason)).slice(0, handful);
}

const clock = (minute: number): string =>
  [minute / 60, minute % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");

export function dayText({ moves, comparison }: Day): string {
  const { balanced, nothing, best, saving, currency } = comparison;
  const told = tellingMoves(moves);
  const width = Math.max(0, ...told.map(({ workload }) => workload.length));
  const lines = told.map(({ minute, workload, source, destination, reason, message }) => {
    return `  ${clock(minute)}  ${workload.padEnd(width)}  ${source} → ${destination}  ${reason}: ${message}`;
  });
  const others = moves.length - told.length;
  if (others > 0)
    lines.push(`  … and ${others} more moves; ${balanced.nodesLost} spot nodes were taken away that day`);
  const table = new Table({
    head: [`the day's cost, ${currency}`, "unavailable, pod-minutes"],
    colAligns: ["left", "right", "right"],
    ...plain,
  });
  const row = (name: string, cost: string, minutes: string): void =>
    void table.push({ [name]: [cost, minutes] });
  const minutes = (of: typeof nothing): string =>
    `${of.podMinutes.unavailable.toFixed(0)} of ${of.podMinutes.running.toFixed(0)}`;
  table.options.head.unshift("");
  row("doing nothing", nothing.cost.toFixed(2), minutes(nothing));
  row("with the balancer", balanced.cost.toFixed(2), minutes(balanced));
  row("no plan could be below", best.cost.toFixed(2), "");
  return [
    ...lines,
    table.toString(),
    `It saved ${percent(saving.share, 0)}: ${percent(saving.ofPossible, 0)} of what the best plan in hindsight would have saved.`,
  ].join("\n");
}
