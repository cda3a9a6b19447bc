import assert from "node:assert/strict";
import { AgentPool } from "@pulumi/azure-native/containerservice/index.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/index.js";
import { output, runtime, secret } from "@pulumi/pulumi";
import { meterCosts } from "./cost.ts";

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
    assert.deepEqual(outputs, { monthlyCostMin: 35.65, monthlyCostMax: 178.24 });
  });
});
