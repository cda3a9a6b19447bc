import assert from "node:assert/strict";
import { estimateCost } from "../../stacks/cost/estimate.ts";
import { loadPrices } from "../../stacks/cost/prices.ts";
import { recordStack } from "./record.ts";

describe("recordStack", function () {
  it("runs a layer's program with its stack file", async () => {
    const pools = (await recordStack("base-dev")).filter(({ type }) => type.endsWith(":AgentPool"));
    assert.deepEqual(pools.map(({ inputs }) => inputs["scaleSetPriority"]).sort(), ["Regular", "Spot"]);
  });

  it("rejects with the program's words, and nothing else comes after", async () => {
    await assert.rejects(recordStack("base-nowhere"), /base-nowhere/);
    await assert.rejects(recordStack("bas-dev"), /expected <layer>-<env>/);
  });
});

describe("the cost of production", function () {
  it("is known but for what use alone decides, and without spot it would be half as much again", async () => {
    const resources = [];
    for (const layer of ["base", "db", "deploy"]) resources.push(...(await recordStack(`${layer}-prod`)));
    const { total, saving, unknown } = estimateCost(resources, loadPrices());
    assert.deepEqual(
      unknown.filter((sentence) => !sentence.includes("by use")),
      [],
    );
    assert.ok(unknown.some((sentence) => sentence.includes("paired region")));
    assert.ok(saving.max > total.max / 2, `${saving.max} of ${total.max}`);
  });
});

describe("the cost of the dev environment", function () {
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
