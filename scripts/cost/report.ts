// An estimate as a table for people, and what moves it.
import Table from "cli-table3";
import type { CostRow, Estimate, Range } from "../../stacks/cost/model.ts";

const usd = (amount: number | undefined) => (amount === undefined ? "unknown" : amount.toFixed(2));
const count = ({ min, max }: Range) => {
  const [low, high] = [min, max].map((number) => String(Math.round(number * 10) / 10));
  return low === high ? `${low}` : `${low} – ${high}`;
};
const spread = ({ monthly }: CostRow) => (monthly === undefined ? 0 : monthly.max - monthly.min);

/** The rows that make the difference between the smallest and the largest scale, largest first. */
export function drivers({ rows }: Estimate): string[] {
  return rows
    .filter((row) => spread(row) > 0)
    .sort((one, other) => spread(other) - spread(one))
    .slice(0, 4)
    .map((row) => `${row.resource}: ${row.item} ${count(row.count)}: up to USD ${usd(spread(row))} more`);
}

export function costAsText(target: string, estimate: Estimate): string {
  const { rows, total, allRegular, saving, unknown, region, asOf } = estimate;
  if (rows.length === 0 && unknown.length === 0) return `${target}: nothing that Azure bills by itself\n`;
  const right = { hAlign: "right" } as const;
  const table = new Table({
    head: ["resource", "what", "count", "regular", "spot", "min / month", "max / month"],
    colAligns: ["left", "left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const isSpot = row.item.endsWith("(spot)");
    const each = [usd(row.regular), isSpot ? usd(row.spot) : ""];
    table.push([
      row.resource,
      row.item,
      count(row.count),
      ...each,
      usd(row.monthly?.min),
      usd(row.monthly?.max),
    ]);
  }
  const sum = (name: string, { min, max }: Range) =>
    table.push([
      { content: name, colSpan: 5 },
      { content: usd(min), ...right },
      { content: usd(max), ...right },
    ]);
  sum("total", total);
  sum("all on regular nodes", allRegular);
  sum("saved by spot", saving);
  const lines = (title: string, items: string[]) =>
    items.length === 0 ? [] : ["", title, ...items.map((item) => `- ${item}`)];
  return [
    `${target}: USD ${total.min.toFixed(0)} – ${total.max.toFixed(0)} a month (${region ?? "no region"}, list prices of ${asOf})`,
    table.toString(),
    ...lines("What moves it:", drivers(estimate)),
    ...lines("Not known:", unknown),
    "",
  ].join("\n");
}
