import assert from "node:assert/strict";
import { engine } from "../local/index.ts";
import type { TrialProject } from "../testing/trialProject.ts";
import { buildTrialProject } from "../testing/trialProject.ts";
import { driftExitCode } from "./drift.ts";
import { summarize } from "./preview.ts";
import { previewBy } from "./previewEmbedded.ts";

describe("previewBy the embedded engine, and what drift means with it", function () {
  let project: TrialProject;
  const previewer = previewBy(async (stack, refresh, onEvent) =>
    (await engine()).runStack({ ...project, operation: "preview", stack, refresh, onEvent }),
  );
  const look = (refresh = true) => previewer({ stack: "base-local", refresh });

  before(() => void (project = buildTrialProject()));
  after(() => project.remove());

  it("shows a stack that does not stand as to be created", async () => {
    const result = await look(false);
    assert.equal(summarize(result), "1 to create");
    assert.deepEqual([result.steps[0]?.name, result.failures], ["network", []]);
  });

  it("finds no drift in what was just applied: 0", async () => {
    await project.up("base-local");
    const result = await look();
    assert.deepEqual([driftExitCode(result), result.steps], [0, []]);
  });

  it("finds what differs from the program, by resource and property: 2", async () => {
    project.configure("base-local", 12);
    const result = await look();
    assert.equal(driftExitCode(result), 2);
    assert.deepEqual([result.steps[0]?.op, result.steps[0]?.properties], ["replace", ["length"]]);
  });

  it("tells a failing program from drift: 1", async () => {
    project.configure("base-local", 0);
    const result = await look();
    assert.equal(driftExitCode(result), 1);
    assert.match(result.failures.join(), /the program failed|expected 1 or more/);
  });
});
