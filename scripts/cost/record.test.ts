import assert from "node:assert/strict";
import { estimateCost } from "../../stacks/cost/estimate.ts";
import { loadPrices } from "../../stacks/cost/prices.ts";
import { record } from "./record.ts";

describe("record", () => {
  it("runs a layer's program, waiting for resources that wait for others", async () => {
    const { resources } = await record("base-dev");
    const pools = resources.filter(({ type }) => type.endsWith(":AgentPool"));
    assert.deepEqual(
      pools.map(({ inputs }) => inputs["scaleSetPriority"]),
      ["Regular", "Spot"],
    );
  });

  it("gives a layer the outputs of the one below", async () => {
    const { resources } = await record("db-dev");
    const server = resources.find(({ type }) => type === "azure-native:dbforpostgresql:Server");
    assert.match(JSON.stringify(server?.inputs["network"]), /recorded/);
  });

  it("names the valid stacks when there is no such one", async () => {
    await assert.rejects(record("bas-dev"), /base-dev/);
  });
});

describe("the cost of the dev environment", () => {
  it("stays within USD 92 and 302 a month", async () => {
    const resources = [...(await record("base-dev")).resources, ...(await record("db-dev")).resources];
    const { total, unknown } = estimateCost(resources, loadPrices());
    assert.ok(total.min >= 92, `at least USD 92, got ${total.min}`);
    assert.ok(total.max <= 302, `at most USD 302, got ${total.max}`);
    assert.deepEqual(
      unknown.filter((sentence) => !sentence.includes("by use")),
      [],
    );
  });
});
