import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TrialProject } from "../testing/trialProject.ts";
import { buildTrialProject } from "../testing/trialProject.ts";
import { standingIn } from "./embedded.ts";

describe("standingIn", () => {
  let project: TrialProject;

  before(async function () {
    project = buildTrialProject();
    await project.up("base-local");
    await project.up("db-local");
  });
  after(() => project.remove());

  it("reads what stands on what, and what is protected, from the engine's own records", () => {
    assert.deepEqual(standingIn(project.stateDir), [
      { stack: "base-local", resources: 1, standsOn: [], protected: [] },
      { stack: "db-local", resources: 1, standsOn: ["base-local"], protected: ["server"] },
    ]);
  });

  it("is what the command goes by, and tells a pipeline", async () => {
    const command = join(import.meta.dirname, "../destroy.ts");
    const env = { ...process.env, SPOT_BALANCER_STATE: project.stateDir };
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [command, ...args], { env });
    const { stdout } = await run("local", "--dry-run", "--output", "json", "--confirm", "local");
    assert.deepEqual(JSON.parse(stdout), { steps: ["db-local"], stays: ["base-local"] });
    await assert.rejects(
      run("local", "--dry-run", "--confirm", "dev"),
      /expected "local" as confirmation, got "dev"/,
    );
    await assert.rejects(run("base-local", "--dry-run"), /db-local still stands on base-local/);
  });

  it("finds nothing where nothing was ever deployed", () => {
    assert.deepEqual(standingIn(join(project.stateDir, "elsewhere")), []);
  });
});
