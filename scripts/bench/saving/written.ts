// What a run of all strategies says in this bench's README: a row for each trace. Pure.
import { percent } from "../../simulate/table.ts";
import { type Marks, withMarkedPart } from "../../markedPart.ts";
import { type Row, aims, bestAt } from "./row.ts";

const marksOf = (noticeSeconds: number): Marks => [
  `<!-- saving, notice ${noticeSeconds} s: written by \`npm run bench -- --write saving\` -->`,
  `<!-- end of saving, notice ${noticeSeconds} s -->`,
];

/** @param when day and load of the machine @throws where the README has no place for such a notice */
export function withSaving(readme: string, rows: Row[], noticeSeconds: number, when: string): string {
  const table = [...savingTable(rows), "", `Measured: ${when}.`].join("\n");
  return withMarkedPart(readme, marksOf(noticeSeconds), table);
}

/** Share of the best, and pod-minutes unavailable of all that were wanted; beside it the most that any strategy saves. */
function savingTable(rows: Row[]): string[] {
  const strategies = [...new Set(rows.map(({ strategy }) => strategy))];
  const cells = (list: string[]) => `| ${list.join(" | ")} |`;
  const head = ["trace", ...strategies, ...aims.map((aim) => `best at ${aim * 100} %`)];
  const body = [...Map.groupBy(rows, ({ trace }) => trace)].map(([trace, own]) => {
    const played = own.map(
      ({ share, availability }) => `${percent(share, 1)} @ ${percent(1 - availability, 3)}`,
    );
    const best = aims.map((aim) => bestAt(own, aim)).map((row) => (row ? percent(row.share, 1) : "none"));
    return cells([trace, ...played, ...best]);
  });
  return [cells(head), cells(head.map(() => "---")), ...body];
}
