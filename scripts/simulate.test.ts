// `npm run simulate` as a person types it: what it prints, and how it ends.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const examples = join(import.meta.dirname, "simulate/examples");
const example = (name: string) => join(examples, name);

function simulate(...args: string[]) {
  const main = join(import.meta.dirname, "simulate.ts");
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
}

describe("npm run simulate", () => {
  const folder = mkdtempSync(join(tmpdir(), "simulate-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it("prints tables for people, without a cluster file too", () => {
    const spot = file("spot.json", '{"metadata":{"gap_seconds":3600},"data":[2,2]}');
    const load = file("load.csv", "time,workload,cpu,memory\n0,shop/web,20m,64Mi\n600,shop/web,500m,64Mi\n");
    const flags = ["--spot", spot, "--load", load, "--policy", example("policy.yaml")];
    const chart = join(folder, "chart.html");
    const more = ["--round-seconds", "300", "--replicas", "3", "--chart", chart];
    const { status, stdout } = simulate(...flags, ...more);
    assert.equal(status, 0);
    assert.match(readFileSync(chart, "utf8"), /^<!doctype html>[^]*<h1>2\.0 h[^]*<\/html>\n$/);
    const again = simulate(...flags, ...more);
    assert.deepEqual([again.status, again.stdout], [2, ""]);
    assert.equal(again.stderr, `--chart ${chart}: is there already; nothing is overwritten\n`);
    assert.match(stdout, /^2\.0 h, 24 rounds of 300 s, 2–2 spot nodes/);
    assert.match(stdout, /│ cost, USD +│ +\d+\.\d\d │ +\d+\.\d\d │ +≥ \d+\.\d\d │/);
    assert.match(stdout, /│ shop\/web │ standard +│ +\d+\.\d % │/);
  });

  it("ends with 2 when a file or a flag is wrong", () => {
    const bad = file("bad.json", '{"data":[1]}');
    const flags = ["--load", example("load.csv"), "--policy", example("policy.yaml")];
    const wrong = simulate("--spot", bad, ...flags);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /has 1 problem:\n.*bad.json\n {2}line 1: metadata: /);
    const flag = simulate("--spot", "none.json", ...flags, "--round-seconds", "0");
    assert.equal(flag.status, 2);
    assert.match(flag.stderr, /expected a whole number of at least 1/);
  });

  it("says which files it cannot read", () => {
    const { status, stderr } = simulate(
      "--spot",
      "none.json",
      "--load",
      "none.csv",
      "--policy",
      example("policy.yaml"),
    );
    assert.equal(status, 2);
    assert.match(stderr, /--spot: cannot read none.json: .*\n--load: cannot read none.csv/);
    const named = simulate(
      "--spot",
      "west=none.json",
      "--load",
      "none.csv",
      "--policy",
      example("policy.yaml"),
    );
    assert.equal(named.status, 2);
    assert.match(
      named.stderr,
      /^--spot: expected FILE for the pool spot .*\n--spot: cannot read none\.json.*\n--load: /,
    );
  });
});
