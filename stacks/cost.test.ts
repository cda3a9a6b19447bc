import assert from "node:assert/strict";
import { AgentPool } from "@pulumi/azure-native/containerservice/agentPool.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { output, runtime, secret } from "@pulumi/pulumi";
import { estimateCost } from "./cost/estimate.ts";
import { loadPrices } from "./cost/prices.ts";
import { meterCosts, type CostMeter } from "./cost.ts";
import { configFile } from "./testing/configFiles.ts";
import { record } from "./record.ts";

describe("meterCosts", () => {
  it("prices what the program declares, whatever it declares it with", async () => {
    await runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => ({}),
    });
    const outputs = await runtime.runInPulumiStack(() => {
      const costs = meterCosts();
      const group = new ResourceGroup("group", { location: "eastus" });
      new AgentPool("pool", {
        resourceGroupName: group.name,
        resourceName: output(Promise.resolve("cluster")),
        vmSize: "Standard_B2s",
        enableAutoScaling: true,
        minCount: 1,
        maxCount: 5,
        osDiskSizeGB: 32,
        tags: { owner: secret("me") },
      });
      return Promise.resolve(costs.outputs());
    });
    await runtime.disconnect();
    // (0.0416 × 730 + 5.2795) × 1 and × 5
    const { monthlyCostMin, monthlyCostMax } = outputs as ReturnType<CostMeter["outputs"]>;
    assert.deepEqual([await monthlyCostMin, await monthlyCostMax], [35.65, 178.24]);
  });

  for (const stack of ["base-dev", "base-prod", "db-prod"]) {
    it(`gives ${stack} the output that its recorded resources are estimated at`, async () => {
      const { resources, outputs } = await record(stack, { config: configFile(stack) });
      const { total } = estimateCost(resources, loadPrices());
      assert.ok(total.max > 0);
      const cents = (amount: number) => Math.round(amount * 100) / 100;
      assert.deepEqual(
        [outputs["monthlyCostMin"], outputs["monthlyCostMax"]],
        [cents(total.min), cents(total.max)],
      );
    });
  }
});
