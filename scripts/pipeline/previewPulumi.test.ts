import assert from "node:assert/strict";
import { readDigest } from "./previewPulumi.ts";

const urn = (type: string, name: string) => `urn:pulumi:base-dev::spot-balancer::${type}::${name}`;

/** As `pulumi preview --json` 3.270 prints it; values are shortened. */
const digest = {
  steps: [
    { op: "same", urn: urn("pulumi:pulumi:Stack", "spot-balancer-base-dev"), detailedDiff: null },
    { op: "same", urn: urn("azure-native:network:Subnet", "nodes"), detailedDiff: null },
    { op: "create", urn: urn("azure-native:containerservice:AgentPool", "pool-spot2"), detailedDiff: null },
    {
      op: "update",
      urn: urn("my:Group$azure-native:containerservice:AgentPool", "pool-spot"),
      detailedDiff: { maxCount: { kind: "update", inputDiff: true } },
      newState: { inputs: { password: "not to be shown" } },
    },
    { op: "create-replacement", urn: urn("a:b:C", "server"), replaceReasons: ["size"] },
    { op: "replace", urn: urn("a:b:C", "server"), replaceReasons: ["size"], diffReasons: ["size", "tags"] },
    { op: "delete-replaced", urn: urn("a:b:C", "server") },
  ],
  diagnostics: [{ message: "careful", severity: "warning" }],
};

describe("readDigest", () => {
  it("takes from the CLI's JSON what changes, each resource once, without values", () => {
    const result = readDigest("base-dev", JSON.stringify(digest));
    assert.deepEqual(result, {
      stack: "base-dev",
      unchanged: 1,
      steps: [
        { op: "create", type: "azure-native:containerservice:AgentPool", name: "pool-spot2", properties: [] },
        {
          op: "update",
          type: "azure-native:containerservice:AgentPool",
          name: "pool-spot",
          properties: ["maxCount"],
        },
        { op: "replace", type: "a:b:C", name: "server", properties: ["size", "tags"] },
      ],
      failures: [],
    });
  });

  it("reports errors, not warnings, as failures, without colors", () => {
    const diagnostics = [
      ...digest.diagnostics,
      { message: "\u001b[31mno such region\u001b[39m\n", severity: "error" },
    ];
    assert.deepEqual(readDigest("base-dev", JSON.stringify({ diagnostics })).failures, ["no such region"]);
  });

  it("refuses what is no JSON", () => assert.throws(() => readDigest("base-dev", "error: locked")));
});
