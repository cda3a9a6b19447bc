// What a run of all strategies says in this bench's README: a row for each trace. Pure.
import { percent } from "../../simulate/table.ts";
import { type Row, aims, bestAt } from "./row.ts";

const marks = (noticeSeconds: number) => ({
  begin: `<!-- saving, notice ${noticeSeconds} s: written by \`npm run bench -- --write saving\` -->`,
  end: `<!-- end of saving, notice ${noticeSeconds} s -->`,
});

/** @param when day and load of the machine @throws where the README has no place for such a notice */
export function withSaving(readme: string, rows: Row[], noticeSeconds: number, when: string): string {
  const { begin, end } = marks(noticeSeconds);
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`expected a README with "${begin}" and "${end}"`);
  const table = [begin, "", ...savingTable(rows), "", `Measured: ${when}.`, "", end].join("\n");
  return readme.slice(0, from) + table + readme.slice(to + end.length);
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
