// What the balancer saves on spot traces, beside other things that one could do, and what that costs in availability.
import { join } from "node:path";
import { type Measurement, measurement } from "./measurement.ts";
import { playAll } from "./saving/play.ts";
import { ours } from "./saving/strategies.ts";
import { renderFrontier, renderRows } from "./saving/table.ts";

const ownTraces = join(import.meta.dirname, "saving/testdata");

export async function benchSaving(
  report: (line: string) => void,
  folder = ownTraces,
): Promise<Measurement[]> {
  const rows = await playAll(folder);
  report(`${renderRows(rows)}\n${renderFrontier(rows)}`);
  return [...Map.groupBy(rows, ({ trace }) => trace)].map(([trace, own]) => {
    const of = (name: string) => own.find(({ strategy }) => strategy === name)!;
    // More than the best plan saves nobody can, so the best is the measure.
    return measurement(`saving.${trace}`, 100 * of(ours).share, "%", "the best in hindsight", 100);
  });
}
