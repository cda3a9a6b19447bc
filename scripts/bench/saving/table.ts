// The rows of all traces as one table for people, and under it the frontier of each trace. Pure.
import Table from "cli-table3";
import { percent, plain } from "../../simulate/table.ts";
import { type Row, aims, bestAt } from "./row.ts";
import { ours } from "./strategies.ts";

export function renderRows(rows: Row[]): string {
  const tiers = [...new Set(rows.flatMap(({ byTier }) => Object.keys(byTier)))].sort();
  const right = (count: number) => Array.from({ length: count }, () => "right" as const);
  const table = new Table({
    ...plain,
    head: ["trace", "strategy", "of the best", ...tiers, "moves a day", "pending", "unavailable"],
    colAligns: ["left", "left", ...right(tiers.length + 4)],
  });
  let trace = "";
  for (const row of rows) {
    table.push([
      row.trace === trace ? "" : row.trace,
      row.strategy,
      percent(row.share, 1),
      ...tiers.map((tier) => (row.byTier[tier] === undefined ? "" : percent(row.byTier[tier], 3))),
      row.movesPerDay.toFixed(1),
      row.pending.toFixed(0),
      row.unavailable.toFixed(0),
    ]);
    trace = row.trace;
  }
  return table.toString();
}

/** The most that any strategy saves at an availability, and where the default stands. */
export function renderFrontier(rows: Row[]): string {
  const table = new Table({
    ...plain,
    head: ["trace", ...aims.map((aim) => `best at ${aim * 100} %`), "the default", "saves more, serves more"],
  });
  for (const [trace, own] of Map.groupBy(rows, (row) => row.trace)) {
    const best = aims.map((aim) => {
      const row = bestAt(own, aim);
      return row ? `${percent(row.share, 1)} (${row.strategy})` : "none";
    });
    const mine = own.find(({ strategy }) => strategy === ours)!;
    const better = own.filter(
      ({ share, availability }) => share > mine.share && availability > mine.availability,
    );
    table.push([
      trace,
      ...best,
      `${percent(mine.share, 1)} at ${percent(mine.availability, 3)}`,
      better.map(({ strategy }) => strategy).join(", ") || "nobody",
    ]);
  }
  return table.toString();
}
