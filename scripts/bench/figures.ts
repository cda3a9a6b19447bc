// The table of figures in this folder's README: written by the run that measured them, a row each. Pure.
import type { Measurement } from "./measurement.ts";

const begin = "<!-- figures: written by `npm run bench -- --write` -->";
const end = "<!-- end of the figures -->";
const head = ["| figure | value | beside it | measured |", "| --- | --- | --- | --- |"];

/** @param when day and load of the machine. Rows of other figures stay as they are. */
export function withFigures(readme: string, figures: Measurement[], when: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`expected a README with "${begin}" and "${end}"`);
  const rows = new Map<string, string>();
  for (const line of readme.slice(from, to).split("\n")) {
    const name = /^\| `([^`]+)` /.exec(line)?.[1];
    if (name !== undefined) rows.set(name, line);
  }
  for (const { name, value, unit, against, ratio } of figures)
    rows.set(name, `| \`${name}\` | ${value} ${unit} | ${ratio} × ${against} | ${when} |`);
  const table = [begin, "", ...head, ...rows.values(), "", end].join("\n");
  return readme.slice(0, from) + table + readme.slice(to + end.length);
}
