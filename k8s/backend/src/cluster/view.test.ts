// What a client is told of the cluster, and in which order.
import assert from "node:assert/strict";
import { connect } from "../../../../balancer/kube/client.ts";
import { type FakeApiServer, startApiServer } from "../../../../balancer/testing/apiServer.ts";
import { silent, until } from "../../testing/log.ts";
import { type ClusterDelta, ClusterView } from "./view.ts";

describe("the view of the cluster", () => {
  let server: FakeApiServer;
  const addNode = (name: string) => server.add(`/api/v1/nodes/${name}`, { metadata: { name, uid: name } });

  beforeEach(async () => {
    server = await startApiServer();
    addNode("one");
  });
  afterEach(() => server.stop());

  it("tells of changes only after it could tell of everything", async () => {
    server.fail({ path: /^\/api\/v1\/pods/, fault: { status: 403 }, times: Infinity });
    const end = new AbortController();
    const { signal } = end;
    const client = connect(server.kubeconfig(), { signal });
    const backoff: [number, number] = [1, 1];
    const view = new ClusterView({
      ...{
        client,
        spotNodeLabels: { spot: "" },
        shows: () => true,
        log: silent,
        signal,
        deltaMs: 1,
        backoff,
      },
    });
    const told: (string[] | ClusterDelta)[] = [];
    view.on("known", () => told.push(view.current.nodes.map(({ name }) => name)));
    view.on("delta", (delta) => told.push(delta));
    const running = view.run();
    await until("the nodes", () => view.current.nodes.length === 1);
    await until("a refused list of pods", () => /pods: 403/.test(view.link.state.problem ?? ""));
    await new Promise((resolve) => setTimeout(resolve, 5)); // longer than a delta waits
    assert.deepEqual([view.known, told], [false, []]);

    server.mend();
    await until("the pods", () => view.known);
    addNode("two");
    await until("the second node", () => JSON.stringify(told).includes("two"));
    assert.deepEqual(told[0], ["one"]);
    const { nodes } = told.at(-1) as ClusterDelta;
    assert.ok(nodes?.changed.some(({ name }) => name === "two"));
    end.abort();
    await running;
  });

  it("leaves out an object that cannot be read, and shows the others", async () => {
    const path = "/apis/events.k8s.io/v1/namespaces/demo/events";
    const event = (name: string, eventTime: string) =>
      server.add(`${path}/${name}`, { metadata: { name, namespace: "demo", uid: name }, eventTime });
    event("odd", "no time at all");
    event("good", "2026-11-21T12:00:00.000000Z");
    const end = new AbortController();
    const { signal } = end;
    const client = connect(server.kubeconfig(), { signal });
    const view = new ClusterView({ ...{ client, spotNodeLabels: {}, log: silent, signal, deltaMs: 1 } });
    const running = view.run();
    await until("everything", () => view.known);
    assert.deepEqual(view.current.events.map(({ uid }) => uid), ["good"]); // prettier-ignore
    end.abort();
    await running;
  });
});
