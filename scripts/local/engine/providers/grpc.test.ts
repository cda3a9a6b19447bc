// The engine's gRPC client against the emulated azure-native: the whole life of a resource over the wire.
import assert from "node:assert/strict";
import { serveAzure, type AzureServer } from "../../azure/server.ts";
import { buildTrial, type Trial, type TrialProgram } from "../testing/trial.ts";
import { unknown } from "../values.ts";
import { grpcPackage } from "./grpc.ts";

describe("provider over gRPC", () => {
  let azure: AzureServer;
  let trial: Trial;
  beforeEach(async () => {
    azure = await serveAzure();
    trial = buildTrial({ packages: { "azure-native": grpcPackage(azure.address) } });
  });
  afterEach(async () => {
    await azure.stop();
    trial.remove();
  });

  const program =
    (tags: Record<string, string>, name = "rg-test"): TrialProgram =>
    async (build) => {
      const type = "azure-native:resources:ResourceGroup";
      const inputs = { resourceGroupName: name, location: "eastus", tags };
      return { group: (await build.thing("group", inputs, { type })).id || unknown };
    };

  it("checks, previews, creates, updates, replaces and deletes", async () => {
    assert.deepEqual((await trial.run("preview", program({}))).outputs, { group: unknown });
    const { counts, outputs } = await trial.run("up", program({ a: "1" }));
    assert.deepEqual(counts, { create: 2 });
    assert.match(outputs["group"] as string, /\/resourceGroups\/rg-test$/);
    assert.deepEqual((await trial.run("preview", program({ a: "1" }), { refresh: true })).counts, {
      same: 2,
    });
    assert.deepEqual((await trial.run("up", program({ a: "2" }))).counts, { same: 1, update: 1 });
    assert.deepEqual((await trial.run("up", program({ a: "2" }, "rg-other"))).counts, {
      same: 1,
      replace: 1,
    });
    assert.ok((await trial.run("destroy")).ok);
  });

  it("passes on what the provider refuses", async () => {
    const { failures } = await trial.run("preview", async (build) => {
      const type = "azure-native:resources:ResourceGroup";
      await build.thing("group", { resourceGroupName: "rg", location: "eastus", colour: "red" }, { type });
    });
    assert.match(failures.join(), /ResourceGroup::group: refused by its provider:\n {2}- .*colour/);
  });

  it("says when the provider does not answer", async () => {
    await azure.stop();
    const { failures } = await trial.run("up", program({}));
    assert.match(failures.join(), /ECONNREFUSED|connect/i);
  });
});
