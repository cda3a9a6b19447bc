import assert from "node:assert/strict";
import { mock } from "node:test";
import timers from "node:timers/promises";
import { type KubeClient, connect } from "../kube/client.ts";
import { addObject, buildApiPod } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer, testdata } from "../testing/apiServer.ts";
import { evictPlaced } from "./eviction.ts";

describe("the pods of a ReplicaSet whose placement was taken back", () => {
  let server: FakeApiServer;
  let client: KubeClient;
  const workload = { kind: "ReplicaSet", namespace: "demo", name: "web" };
  const path = "/apis/apps/v1/namespaces/demo/replicasets/web";
  const setAvailable = (availableReplicas?: number, replicas?: number) =>
    addObject(server, "apps/v1/replicasets", { metadata: { name: "web", namespace: "demo", uid: "rs" }, spec: { replicas }, status: { availableReplicas, replicas: 9 } }); // prettier-ignore
  let waits: number[];
  beforeEach(async () => {
    waits = [];
    mock.method(timers, "setTimeout", (ms: number) => Promise.resolve(waits.push(ms)));
    server = await startApiServer();
    client = connect(server.kubeconfig(), { backoffMs: 1 });
    setAvailable(3, 3);
  });
  afterEach(async () => {
    mock.restoreAll();
    await client.close();
    await server.stop();
  });
  const addPod = (name: string, changes: object = {}, namespace = "demo") => {
    const pod = buildApiPod("x", "spot-1", namespace);
    const placed = { annotations: { "spot-balancer/placed-at": "t" }, ownerReferences: [{ uid: "rs" }] };
    addObject(server, "pods", { ...pod, metadata: { ...pod.metadata, ...placed, name, uid: name, ...changes } });
  }; // prettier-ignore
  const evicted = () => server.writes().map(({ path }) => path.split("/").at(-2));

  it("are evicted, each when the one before has its successor", async () => {
    for (const name of ["a", "b"]) addPod(name);
    let looks = 0;
    server.onRequest = (seen) => {
      if (seen.path.endsWith("/eviction")) {
        looks = 0;
        setAvailable(2, 3);
      } else if (seen.path === path && ++looks === 2) setAvailable(3, 3);
    };
    assert.equal(await evictPlaced(client, workload, "rs"), undefined);
    assert.deepEqual(evicted(), ["a", "b"]);
    const kinds = server.requests.map(({ path: asked }) => asked === path ? "look" : asked.split("/").at(-1)); // prettier-ignore
    assert.deepEqual(kinds, ["pods", "a", "eviction", "look", "look", "b", "eviction", "look", "look"]);
    assert.deepEqual(waits, [500, 500, 500, 500]);
  });

  it("are those that were placed, and its own", async () => {
    addPod("unplaced", { annotations: { other: "x" } });
    addPod("bare", { ownerReferences: undefined });
    addPod("others", { ownerReferences: [{ uid: "other" }] });
    addPod("elsewhere", {}, "other");
    addPod("owned-twice", { ownerReferences: [{ uid: "other" }, { uid: "rs" }] });
    assert.equal(await evictPlaced(client, workload, "rs"), undefined);
    assert.deepEqual(evicted(), ["owned-twice"]);
  });

  it("are left where they end by themselves, and the next one waits for the successor", async () => {
    addPod("ending", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    addPod("b");
    setAvailable(2, 3);
    server.onRequest = ({ path: asked }) => {
      if (asked === path && evicted().length === 0) setAvailable(3, 3);
    };
    assert.equal(await evictPlaced(client, workload, "rs"), undefined);
    assert.deepEqual(evicted(), ["b"]);
    const look = server.requests.findIndex(({ path: asked }) => asked === path);
    assert.ok(look < server.requests.findIndex(({ path }) => path.endsWith("/b")));
  });

  it("stay where a budget refuses, as many as are left", async () => {
    for (const name of ["a", "b", "c"]) addPod(name);
    const body = JSON.parse(testdata("eviction-429-disruption-budget.json")) as object;
    server.fail({ path: /pods\/b\/eviction/, fault: { status: 429, body } });
    assert.match((await evictPlaced(client, workload, "rs")) ?? "", /^2 of its pods still tolerate spot: .*budget/); // prettier-ignore
    assert.deepEqual(evicted(), ["a", "b"]);
  });

  it("stay while there is no successor for a minute", async () => {
    for (const name of ["a", "b"]) addPod(name);
    setAvailable(undefined, 1);
    let now = 0;
    const clock = { ...client, send: client.send.bind(client), now: () => (now += 30_000) };
    assert.equal(await evictPlaced(clock, workload, "rs"), "2 of its pods still tolerate spot: no successor of a was ready within 60 s"); // prettier-ignore
    assert.deepEqual(evicted(), ["a"]);
    assert.equal(server.requests.filter(({ path: asked }) => asked === path).length, 2);
  });

  it("are one where it does not say how many", async () => {
    addPod("a");
    setAvailable(1);
    assert.equal(await evictPlaced(client, workload, "rs"), undefined);
  });
});
