import assert from "node:assert/strict";
import { type FakeApiServer, startApiServer } from "../../../balancer/testing/apiServer.ts";
import { type KubeClient, connect } from "../../../balancer/kube/client.ts";
import { apiStatus, isNotFound } from "../kube.ts";
import { type Api, kubeletApi } from "./api.ts";

describe("a kubelet's access to the API server", () => {
  const path = "/api/v1/namespaces/demo/pods/web";
  let server: FakeApiServer;
  let client: KubeClient;
  let api: Api;

  beforeEach(async () => {
    server = await startApiServer();
    server.add(path, { metadata: { name: "web", namespace: "demo" } });
    client = connect(server.kubeconfig(), { backoffMs: 1 });
    api = kubeletApi(client);
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  it("sends JSON as the kubeconfig's user, patches as strategic merges, a DELETE's body too", async () => {
    await api.request("PATCH", `${path}`, { metadata: { labels: { x: "ä" } } });
    await api.request("DELETE", path, { gracePeriodSeconds: 0 });
    const seen = server.requests.map(({ method, headers, body }) => [method, headers["content-type"], body]);
    assert.deepEqual(seen, [
      ["PATCH", "application/strategic-merge-patch+json", { metadata: { labels: { x: "ä" } } }],
      ["DELETE", "application/json", { gracePeriodSeconds: 0 }],
    ]);
    assert.equal(server.requests[0]!.headers.authorization, "Bearer secret-token");
    assert.equal(server.objects.size, 0);
  });

  it("throws the status, and asks once only", async () => {
    const missing: unknown = await api.request("GET", `${path}2`).catch((thrown: unknown) => thrown);
    assert.ok(isNotFound(missing));
    server.fail({ path: /web/, fault: { status: 429 }, times: 9 });
    const busy: unknown = await api.request("GET", path).catch((thrown: unknown) => thrown);
    assert.equal(apiStatus(busy), 429);
    server.fail({ path: /configmaps/, fault: "cut", times: 9 });
    await assert.rejects(api.request("GET", "/api/v1/configmaps"), /cannot be reached/);
    assert.equal(server.requests.length, 3);
  });
});
