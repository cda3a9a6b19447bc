// The action's script, as a runner calls it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url).pathname;
const action = join(root, ".github/actions/spot-ready");

describe("the action spot-ready", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "spot-ready-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(inputs: Record<string, string>) {
    const at = (name: string) => join(folder, name);
    const { status, stdout, stderr } = spawnSync(join(action, "judge.sh"), {
      cwd: root,
      encoding: "utf8",
      env: {
        PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
        PROGRAM: join(root, "balancer/main.ts"),
        ...{ SARIF: at("found.sarif"), GITHUB_OUTPUT: at("output"), GITHUB_STEP_SUMMARY: at("summary") },
        ...inputs,
      },
    });
    return { status, stdout, stderr, read: (name: string) => readFileSync(at(name), "utf8") };
  }

  it("tells log, summary and SARIF what could go to spot", () => {
    const { status, stdout, stderr, read } = run({ FILES: "k8s/accounts\n\nk8s/grafana\n" });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /banking\/accounts \(Deployment\) {2}could go to spot/);
    assert.match(stdout, /Score 50 of 100/);
    assert.match(read("summary"), /### spot-ready\n```\n.*could go to spot/);
    assert.equal(read("output"), `sarif=${join(folder, "found.sarif")}\n`);
    const sarif = JSON.parse(read("found.sarif")) as { runs: [{ results: { ruleId: string }[] }] };
    assert.ok(sarif.runs[0].results.some(({ ruleId }) => ruleId === "RecreateStrategy"));
  });

  it("fails below the threshold, and for files that are not there", () => {
    assert.equal(run({ FILES: "k8s/grafana", THRESHOLD: "80" }).status, 4);
    assert.equal(run({ FILES: "none.yaml" }).status, 2);
    assert.equal(run({ FILES: "\n" }).status, 2);
  });

  it("gives the script all of its inputs", () => {
    const { inputs, runs } = parse(readFileSync(join(action, "action.yml"), "utf8")) as {
      inputs: Record<string, object>;
      runs: { steps: { env?: Record<string, string> }[] };
    };
    const given = Object.values(runs.steps.at(-1)!.env!).join();
    for (const name of Object.keys(inputs)) assert.ok(given.includes(`inputs.${name}`), name);
  });
});
