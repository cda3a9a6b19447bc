import assert from "node:assert/strict";
import { changedStacks, layersOf } from "./layers.ts";

const all = ["base", "db", "deploy"];

describe("layersOf", () => {
  const cases: [string, string[]][] = [
    ["stacks/base/cluster.ts", ["base"]],
    ["stacks/config/db.ts", ["db"]],
    ["k8s/prometheus/deployment.yaml", ["deploy"]],
    ["balancer/decide.ts", ["deploy"]],
    ["stacks/deploy/bundle.ts", ["deploy"]],
    // Shared: every layer is made of it.
    ["stacks/outputs.ts", all],
    ["stacks/config/fields.ts", all],
    ["stacks/cost/prices.yaml", all],
    ["package-lock.json", all],
    ["Pulumi.yaml", all],
    ["something/new.ts", all],
    // No part of any stack.
    ["README.md", []],
    ["stacks/base/README.md", []],
    ["stacks/base/cluster.test.ts", []],
    ["balancer/decide.test.ts", []],
    ["scripts/cost.ts", []],
    [".github/workflows/checks.yml", []],
    [".ci/run", []],
    ["stacks/record.ts", []],
    ["stacks/record/replies.ts", []],
    ["stacks/base/testdata/base-dev.yaml", []],
    ["stacks/testing/asked.ts", []],
  ];
  for (const [file, expected] of cases) {
    it(`${file}: ${expected.join(", ") || "none"}`, () => assert.deepEqual(layersOf(file), expected));
  }
});

describe("changedStacks", () => {
  const configured = ["deploy-dev", "base-prod", "base-local", "db-dev", "base-dev", "db-local"];

  it("gives the stacks of the layers, lower ones first, and never local ones", () => {
    assert.deepEqual(changedStacks(["stacks/db/server.ts"], configured), ["db-dev"]);
    assert.deepEqual(changedStacks(["package.json"], configured), [
      "base-dev",
      "base-prod",
      "db-dev",
      "deploy-dev",
    ]);
  });

  it("gives only the stack whose configuration changes", () => {
    assert.deepEqual(changedStacks(["stacks/config/Pulumi.base-prod.yaml"], configured), ["base-prod"]);
    assert.deepEqual(changedStacks(["stacks/config/Pulumi.base-local.yaml"], configured), []);
  });

  it("adds up what several files concern", () => {
    const files = ["stacks/config/Pulumi.base-prod.yaml", "k8s/app/web.yaml", "README.md"];
    assert.deepEqual(changedStacks(files, configured), ["base-prod", "deploy-dev"]);
    assert.deepEqual(changedStacks([], configured), []);
  });
});
