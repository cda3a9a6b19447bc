// The embedded engine and the emulated Azure of another process: the whole life of a resource over the supervisor's socket.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTrial, type Trial, type TrialProgram } from "../engine/testing/trial.ts";
import { isSecret, secret, unknown } from "../engine/values.ts";
import { serveApi } from "../supervisor/api.ts";
import { azureRoute, remoteAzure } from "./remote.ts";
import { emulatedAzure } from "./server.ts";

describe("the emulated Azure of a running environment", () => {
  let folder: string;
  let api: Server;
  let trial: Trial;
  const socket = () => join(folder, "run", "s.sock");
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sb-remote-"));
    api = await serveApi(socket(), { "POST /azure": azureRoute(emulatedAzure().provider) });
    trial = buildTrial({ packages: { "azure-native": remoteAzure(socket()) } });
  });
  afterEach(() => {
    api.close();
    trial.remove();
    rmSync(folder, { recursive: true });
  });

  const type = "azure-native:resources:ResourceGroup";
  const program =
    (tags: Record<string, string>, name = "rg-test"): TrialProgram =>
    async (build) => {
      const inputs = { resourceGroupName: name, location: "eastus", tags };
      return { group: (await build.thing("group", inputs, { type })).id || unknown };
    };

  it("checks, previews, creates, updates, replaces and deletes", async () => {
    assert.deepEqual((await trial.run("preview", program({}))).outputs, { group: unknown });
    const { counts, outputs } = await trial.run("up", program({ a: "1" }));
    assert.deepEqual(counts, { create: 2 });
    assert.match(outputs["group"] as string, /\/resourceGroups\/rg-test$/);
    const unchanged = await trial.run("preview", program({ a: "1" }), { refresh: true });
    assert.deepEqual(unchanged.counts, { same: 2 });
    assert.deepEqual((await trial.run("up", program({ a: "2" }))).counts, { same: 1, update: 1 });
    assert.deepEqual((await trial.run("up", program({ a: "2" }, "rg-other"))).counts, {
      same: 1,
      replace: 1,
    });
    assert.ok((await trial.run("destroy")).ok);
  });

  it("passes on what the provider refuses", async () => {
    const { failures } = await trial.run("preview", async (build) => {
      await build.thing("group", { resourceGroupName: "rg", location: "eastus", colour: "red" }, { type });
    });
    assert.match(failures.join(), /ResourceGroup::group: refused by its provider:\n {2}- .*colour/);
  });

  it("knows the settings of each configuration, keeps secrets marked, and says that something is gone", async () => {
    const client = await remoteAzure(socket()).configure({ subscriptionId: "s-1", location: "westus" });
    const subject = { urn: `urn:pulumi:base-test::trial::${type}::g`, type, name: "g", id: "" };
    const news = { resourceGroupName: "rg", tags: secret({ a: "b" }) };
    const { inputs } = await client.check(subject, { news });
    assert.equal(inputs["location"], "westus");
    const change = { preview: false, signal: new AbortController().signal, status: () => undefined };
    const { id, outputs } = await client.create(subject, { inputs, ...change });
    assert.equal(id, "/subscriptions/s-1/resourceGroups/rg");
    assert.ok(isSecret(outputs["tags"]));
    await client.delete({ ...subject, id }, { inputs, outputs, ...change });
    assert.equal(await client.read({ ...subject, id }, { inputs, outputs }), undefined);
  });

  it("says when no supervisor answers", async () => {
    api.close();
    const { failures } = await trial.run("up", program({}));
    assert.match(failures.join(), /no supervisor answers on /);
  });
});
