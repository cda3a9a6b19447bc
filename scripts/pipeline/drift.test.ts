import assert from "node:assert/strict";
import { driftExitCode, driftTitle, issueAction } from "./drift.ts";
import type { PreviewResult } from "./preview.ts";

const buildResult = (changes: Partial<PreviewResult> = {}): PreviewResult => ({
  stack: "base-dev",
  unchanged: 3,
  steps: [],
  failures: [],
  ...changes,
});

const drifted = buildResult({ steps: [{ op: "update", type: "t", name: "pool", properties: ["maxCount"] }] });
const failed = buildResult({ failures: ["no access"] });
const issue = { number: 7, title: driftTitle("base-dev") };
const others = [{ number: 6, title: driftTitle("db-dev") }];
const act = (result: PreviewResult, open = others) => issueAction(result, open, "https://run", "abc");

describe("driftExitCode", () => {
  it("tells no drift, a failed check and drift apart", () => {
    assert.deepEqual([buildResult(), failed, drifted].map(driftExitCode), [0, 1, 2]);
    assert.equal(driftExitCode({ ...drifted, failures: ["no access"] }), 1);
  });
});

describe("issueAction", () => {
  it("opens an issue that says what drifted and where it was found", () => {
    const action = act(drifted);
    assert.equal(action.kind, "open");
    assert.ok("body" in action);
    assert.match(action.body, /1 to update to bring it back\): https:\/\/run/);
    assert.match(action.body, /~ pool \(t\): maxCount/);
  });

  it("updates the open one of the same stack", () => {
    const action = act(drifted, [...others, issue]);
    assert.deepEqual([action.kind, "number" in action && action.number], ["update", 7]);
  });

  it("closes it once the drift is gone", () => {
    assert.deepEqual(act(buildResult(), [issue]), {
      kind: "close",
      number: 7,
      comment: "No drift any more: https://run",
    });
  });

  it("does nothing when there is nothing to say", () => {
    assert.deepEqual(act(buildResult()), { kind: "none" });
    assert.deepEqual(act(failed, [issue]), { kind: "none" });
  });
});
