import assert from "node:assert/strict";
import { type ApiObject, type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { ApiError } from "./apiError.ts";
import { type KubeClient, connect } from "./client.ts";
import { listAll } from "./list.ts";

describe("a list in pages", () => {
  let server: FakeApiServer;
  let client: KubeClient;
  const expired = { status: 410, file: "kubernetes-410-expired.json" };
  const names = () => listAll(client, "/api/v1/pods", ({ metadata }: ApiObject) => metadata.name);

  beforeEach(async () => {
    server = await startApiServer();
    client = connect(server.kubeconfig(), { signal: new AbortController().signal, backoffMs: 1 });
    for (let index = 0; index < 1201; index++) {
      const name = `web-${index}`;
      server.add(`/api/v1/namespaces/demo/pods/${name}`, { metadata: { name, namespace: "demo" } });
    }
  });
  afterEach(() => server.stop());

  it("reads every object once, 500 at a time", async () => {
    const found = await names();
    assert.equal(new Set(found).size, 1201);
    assert.equal(found.length, 1201);
    assert.deepEqual(
      server.requests.map(({ query }) => [query.get("limit"), query.get("continue")]),
      [["500", null], ["500", "500"], ["500", "1000"]], // prettier-ignore
    );
  });

  it("reads anything else 5000 at a time", async () => {
    await listAll(client, "/apis/apps/v1/deployments", () => undefined, { labelSelector: "a" });
    const [query] = server.requests.map(({ query }) => Object.fromEntries(query));
    assert.deepEqual(query, { labelSelector: "a", limit: "5000" });
  });

  it("begins anew when its snapshot has expired, without keeping anything twice", async () => {
    server.fail({ path: /continue=1000/, fault: expired });
    const found = await names();
    assert.equal(found.length, 1201);
    assert.equal(new Set(found).size, 1201);
    assert.equal(server.requests.length, 6);
  });

  it("does not begin anew for ever", async () => {
    server.fail({ path: /continue=500/, fault: expired, times: 99 });
    await assert.rejects(names(), (error: unknown) => error instanceof ApiError && error.status === 410);
    assert.equal(server.requests.length, 8);
  });

  it("leaves out who owns the fields of a pod, and of nothing else", async () => {
    const managedFields = [{ manager: "kubelet" }];
    const metadata = { name: "owned", namespace: "demo", resourceVersion: "1", managedFields };
    server.add("/api/v1/namespaces/demo/pods/owned", { metadata, spec: {} });
    server.add("/api/v1/namespaces/demo/pods/next", { metadata: { name: "next", namespace: "demo" } });
    server.add("/apis/apps/v1/namespaces/demo/deployments/owned", { metadata: { ...metadata }, spec: {} });
    const ownersIn = async (path: string) =>
      (await listAll(client, path, (object: ApiObject) => object.metadata))
        .filter(({ name }) => name === "owned")
        .map((found) => found["managedFields"]);
    assert.deepEqual(await ownersIn("/api/v1/pods"), [undefined]);
    assert.deepEqual(await ownersIn("/apis/apps/v1/deployments"), [managedFields]);
  });

  it("leaves out what is not wanted", async () => {
    const some = await listAll(client, "/api/v1/pods", ({ metadata }: ApiObject) =>
      metadata.name === "web-7" ? metadata.name : undefined,
    );
    assert.deepEqual(some, ["web-7"]);
  });

  it("takes a list that is null", async () => {
    server.add("/api/v1/nodes", { metadata: { name: "" }, items: null });
    assert.deepEqual(await listAll(client, "/api/v1/nodes", (object) => object), []);
  });
});
