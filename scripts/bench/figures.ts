// The table of figures in this folder's README: written by the run that measured them, a row each. Pure.
import { markedPart, withMarkedPart } from "../markedPart.ts";
import type { Measurement } from "./measurement.ts";

const marks = [
  "<!-- figures: written by `npm run bench -- --write` -->",
  "<!-- end of the figures -->",
] as const;
const head = ["| figure | value | beside it | measured |", "| --- | --- | --- | --- |"];

/** @param when day and load of the machine. Rows of other figures stay as they are. */
export function withFigures(readme: string, figures: Measurement[], when: string): string {
  const rows = new Map<string, string>();
  for (const line of markedPart(readme, marks).split("\n")) {
    const name = /^\| `([^`]+)` /.exec(line)?.[1];
    if (name !== undefined) rows.set(name, line);
  }
  for (const { name, value, unit, against, ratio } of figures)
    rows.set(name, `| \`${name}\` | ${value} ${unit} | ${ratio} × ${against} | ${when} |`);
  return withMarkedPart(readme, marks, [...head, ...rows.values()].join("\n"));
}
