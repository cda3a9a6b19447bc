import assert from "node:assert/strict";
import { estimateCost } from "../../stacks/cost/estimate.ts";
import { loadPrices } from "../../stacks/cost/prices.ts";
import { recordStack } from "./record.ts";

describe("recordStack", () => {
  it("runs a layer's program with its stack file", async () => {
    const pools = (await recordStack("base-dev")).filter(({ type }) => type.endsWith(":AgentPool"));
    assert.deepEqual(pools.map(({ inputs }) => inputs["scaleSetPriority"]).sort(), ["Regular", "Spot"]);
  });

  it("rejects with the program's words, and nothing else comes after", async () => {
    await assert.rejects(recordStack("base-nowhere"), /base-nowhere/);
    await assert.rejects(recordStack("bas-dev"), /expected <layer>-<env>/);
  });
});

describe("the cost of the dev environment", () => {
  it("stays within USD 92 and 302 a month, with every price known", async () => {
    const resources = [];
    for (const layer of ["base", "db", "deploy"]) resources.push(...(await recordStack(`${layer}-dev`)));
    const { total, saving, unknown } = estimateCost(resources, loadPrices());
    assert.ok(total.min >= 92, `at least USD 92, got ${total.min}`);
    assert.ok(total.max <= 302, `at most USD 302, got ${total.max}`);
    assert.ok(saving.max > 0);
    assert.deepEqual(
      unknown.filter((sentence) => !sentence.includes("by use")),
      [],
    );
  });
});
