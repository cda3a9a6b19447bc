import assert from "node:assert/strict";
import { join } from "node:path";
import type { TrialProject } from "../testing/trialProject.ts";
import { buildTrialProject } from "../testing/trialProject.ts";
import { standingIn } from "./embedded.ts";

describe("standingIn", () => {
  let project: TrialProject;

  before(async function () {
    this.timeout(30_000); // two real Pulumi programs
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

  it("finds nothing where nothing was ever deployed", () => {
    assert.deepEqual(standingIn(join(project.stateDir, "elsewhere")), []);
  });
});
