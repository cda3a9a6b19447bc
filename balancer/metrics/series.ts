// Series as text keys with values, in the Prometheus exposition format 0.0.4.
//
// A client library would keep them in memory; ours must outlive the process, so a plain record is all there is.
import { type FamilyName, families, prefix } from "./families.ts";

/** `moves_total{kind="ToSpot"}` → value. */
export type Series = Record<string, number>;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const contentType = "text/plain; version=0.0.4; charset=utf-8";

export function seriesKey(name: FamilyName, labels: Record<string, string> = {}, suffix = ""): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escape(value)}"`);
  return pairs.length === 0 ? name + suffix : `${name}${suffix}{${pairs.join(",")}}`;
}

export function add(series: Series, key: string, amount: number): void {
  series[key] = (series[key] ?? 0) + amount;
}

/** Upper bounds in seconds; a round is cut off at 50 by default. */
const bounds = [0.5, 1, 2, 5, 10, 20, 30, 60];

/** Counts one observation into the histogram that `series` holds. */
export function observe(series: Series, name: FamilyName, value: number): void {
  for (const bound of bounds) {
    add(series, seriesKey(name, { le: String(bound) }, "_bucket"), value <= bound ? 1 : 0);
  }
  add(series, seriesKey(name, { le: "+Inf" }, "_bucket"), 1);
  add(series, seriesKey(name, {}, "_sum"), value);
  add(series, seriesKey(name, {}, "_count"), 1);
}

/** Families in the order of their list, each with its help; series of unknown families (another version's) are left out. */
export function renderSeries(series: Series): string {
  const byFamily = Map.groupBy(Object.entries(series), ([key]) => familyOf(key));
  const lines: string[] = [];
  for (const [name, { type, help }] of Object.entries(families)) {
    const found = byFamily.get(name);
    if (!found) continue;
    lines.push(`# HELP ${prefix}${name} ${help}`, `# TYPE ${prefix}${name} ${type}`);
    for (const [key, value] of found) lines.push(`${prefix}${key} ${value}`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function familyOf(key: string): string {
  const name = key.split("{", 1)[0]!;
  if (Object.hasOwn(families, name)) return name;
  return name.replace(/_(bucket|sum|count)$/, "");
}

function escape(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
