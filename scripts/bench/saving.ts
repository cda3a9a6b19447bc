// What the balancer saves on spot traces, beside other things that one could do, and what that costs in availability.
import { join } from "node:path";
import { type Measurement, measurement } from "./measurement.ts";
import { playAll } from "./saving/play.ts";
import type { Row } from "./saving/row.ts";
import { nothing, ours, preferring } from "./saving/strategies.ts";
import { renderFrontier, renderRows } from "./saving/table.ts";

const ownTraces = join(import.meta.dirname, "saving/testdata");

export interface SavingOptions {
  traces?: string;
  noticeSeconds?: number;
  /** What is written of it. */
  onRows?: (rows: Row[]) => void;
}

export async function benchSaving(
  report: (line: string) => void,
  { traces = ownTraces, noticeSeconds = 0, onRows = () => {} }: SavingOptions = {},
): Promise<Measurement[]> {
  // The frontier is that of nodes which go without a word; it takes most of the time.
  const chosen = noticeSeconds > 0 ? [nothing, preferring, ours] : undefined;
  const rows = await playAll(traces, { noticeSeconds, chosen, onRun: report });
  onRows(rows);
  report(`${renderRows(rows)}\n${renderFrontier(rows)}`);
  return [...Map.groupBy(rows, ({ trace }) => trace)].map(([trace, own]) => {
    const of = (name: string) => own.find(({ strategy }) => strategy === name)!;
    // More than the best plan saves nobody can, so the best is the measure.
    return measurement(`saving.${trace}`, 100 * of(ours).share, "%", "the best in hindsight", 100);
  });
}
