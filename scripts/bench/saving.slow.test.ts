// The first day of both traces of this repository, by strategy: what CI sees of `npm run bench -- saving`.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playAll } from "./saving/play.ts";
import { type Row, bestAt } from "./saving/row.ts";
import { ours, strategies } from "./saving/strategies.ts";
import { renderFrontier, renderRows } from "./saving/table.ts";

const traces = join(import.meta.dirname, "saving/testdata");
/** Without the other goals of ours. */
const chosen = strategies.map(({ name }) => name).slice(0, 5);
const day = (24 * 3600) / 300;

describe("npm run bench -- saving", function () {
  const folder = mkdtempSync(join(tmpdir(), "saving-"));
  let rows: Row[] = [];
  before(async () => {
    for (const name of ["load.csv", "policy.yaml", "cluster.yaml"])
      copyFileSync(join(traces, name), join(folder, name));
    for (const name of ["often.json", "sometimes.json"]) {
      const trace = JSON.parse(readFileSync(join(traces, name), "utf8")) as { data: number[] };
      writeFileSync(join(folder, name), JSON.stringify({ ...trace, data: trace.data.slice(0, day) }));
    }
    rows = await playAll(folder, { workers: 2, chosen });
  });
  after(() => rmSync(folder, { recursive: true }));

  it("has a row for each strategy on each trace, in their order", () => {
    assert.deepEqual(
      rows.map(({ trace, strategy }) => `${trace} ${strategy}`),
      ["often", "sometimes"].flatMap((trace) => chosen.map((name) => `${trace} ${name}`)),
    );
    for (const line of [renderRows(rows), renderFrontier(rows)]) assert.match(line, /often.*\n[^]*sometimes/);
  });

  it("shows ours to save more than a fixed number of placeholders, or whole workloads back, and to keep availability", () => {
    for (const own of Map.groupBy(rows, ({ trace }) => trace).values()) {
      const of = (name: string) => own.find(({ strategy }) => strategy === name)!;
      assert.equal(of("doing nothing").share, 0);
      for (const name of ["2 placeholders", "whole workloads back"])
        assert.ok(of(ours).share >= of(name).share, `${name}: ${of(name).share}, ours ${of(ours).share}`);
      assert.ok(of(ours).share < 1 && of(ours).availability > 0.998);
      assert.equal(bestAt(own, 0)!.share, Math.max(...own.map(({ share }) => share)));
      assert.equal(bestAt(own, 1.1), undefined);
    }
  });

  it("says what a folder lacks", async () => {
    await assert.rejects(playAll(join(folder, "none")), /--traces: cannot read .*none/);
    await assert.rejects(playAll(join(traces, "..")), /expected \*\.json in .*, there are none/);
  });
});
