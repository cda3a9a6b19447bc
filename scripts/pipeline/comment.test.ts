import assert from "node:assert/strict";
import { absentComment, commentMarker, previewComment, waitingComment } from "./comment.ts";
import type { PreviewResult, PreviewStep } from "./preview.ts";

const buildStep = (changes: Partial<PreviewStep> = {}): PreviewStep => ({
  op: "update",
  type: "azure-native:containerservice:AgentPool",
  name: "pool-spot",
  properties: ["maxCount"],
  ...changes,
});

const buildResult = (changes: Partial<PreviewResult> = {}): PreviewResult => ({
  stack: "base-dev",
  unchanged: 12,
  steps: [buildStep()],
  failures: [],
  ...changes,
});

const text = (result: PreviewResult, cost?: { min: number; max: number }) =>
  previewComment({ result, cost, commit: "0123456789ab" });

describe("previewComment", () => {
  it("starts with the mark it is found by, and says what changes", () => {
    const comment = text(buildResult(), { min: 98.4, max: 272.6 });
    assert.ok(comment.startsWith(commentMarker("base-dev")));
    assert.match(comment, /### base-dev: 1 to update/);
    assert.match(comment, /1 of 13 resources change/);
    assert.match(comment, /^~ pool-spot \(azure-native:containerservice:AgentPool\): maxCount$/m);
    assert.match(comment, /Cost: USD 98 – 273 a month/);
    assert.match(comment, /0123456789ab/);
  });

  it("names eight properties of a resource that changes, and none of one that is new", () => {
    const properties = Array.from({ length: 11 }, (_, index) => `p${index}`);
    const steps = [buildStep({ properties }), buildStep({ properties, op: "create", name: "new" })];
    const comment = text(buildResult({ steps }));
    assert.match(comment, /^~ pool-spot \(.*\): p0, p1, p2, p3, p4, p5, p6, p7, and 3 more$/m);
    assert.match(comment, /^\+ new \([^)]*\)$/m);
    const eight = text(buildResult({ steps: [buildStep({ properties: properties.slice(0, 8) })] }));
    assert.match(eight, /p6, p7$/m);
  });

  it("puts what goes away before everything else", () => {
    const steps = [buildStep({ op: "create", name: "new" }), buildStep({ op: "replace", name: "server" })];
    const comment = text(buildResult({ steps }));
    assert.match(comment, /1 to create, 1 to replace/);
    assert.match(comment, /\*\*Goes away:\*\* `server` \(replace\)/);
    assert.ok(comment.indexOf("Goes away") < comment.indexOf("<details>"));
  });

  it("says so when nothing changes", () => {
    const comment = text(buildResult({ steps: [] }));
    assert.match(comment, /### base-dev: no changes/);
    assert.doesNotMatch(comment, /details/);
  });

  it("shows why a preview failed, and no half of it", () => {
    const comment = text(buildResult({ failures: ["location: expected a region, got 7"] }), {
      min: 1,
      max: 2,
    });
    assert.match(comment, /### base-dev: preview failed/);
    assert.match(comment, /expected a region, got 7/);
    assert.doesNotMatch(comment, /pool-spot|Cost/);
  });

  it("fits into a comment of GitHub, and cannot be broken out of", () => {
    const steps = Array.from({ length: 2000 }, (_, index) => buildStep({ name: `pool-${index}` }));
    const large = text(buildResult({ steps }));
    assert.match(large, /and 1850 more/);
    assert.ok(large.length < 65_536);
    const long = text(buildResult({ failures: ["x".repeat(100_000)] }));
    assert.ok(long.length < 65_536);
    assert.equal(text(buildResult({ failures: ["a ``` b"] })).match(/```/g)?.length, 2);
  });
});

describe("absentComment", () => {
  it("says that the stack is only configured, in the place of its preview", () => {
    const comment = absentComment("base-prod", "0123456789ab");
    assert.ok(comment.startsWith(commentMarker("base-prod")));
    assert.match(comment, /no stack `base-prod`.*\.github\/README\.md/);
  });
});

describe("waitingComment", () => {
  it("says what the stack waits for", () => {
    const comment = waitingComment("deploy-dev", ["base-dev", "db-dev"], "0123456789ab");
    assert.ok(comment.startsWith(commentMarker("deploy-dev")));
    assert.match(comment, /base-dev and db-dev are not deployed yet/);
  });
});
