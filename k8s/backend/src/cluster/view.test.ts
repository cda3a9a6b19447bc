// What a client is told of the cluster, and in which order.
import assert from "node:assert/strict";
import pino from "pino";
import { connect } from "../../../../balancer/kube/client.ts";
import { type FakeApiServer, startApiServer } from "../../../../balancer/testing/apiServer.ts";
import { silent, until } from "../../testing/log.ts";
import type { ClusterDelta } from "./schemas.ts";
import { ClusterView } from "./view.ts";

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

  /** A view of everything the server has, until `work` is over. */
  async function viewed(
    options: Partial<ConstructorParameters<typeof ClusterView>[0]>,
    work: (view: ClusterView, told: ClusterDelta[]) => Promise<void>,
  ): Promise<void> {
    const end = new AbortController();
    const { signal } = end;
    const client = connect(server.kubeconfig(), { signal });
    const view = new ClusterView({ client, spotNodeLabels: { spot: "" }, log: silent, signal, deltaMs: 1, ...options }); // prettier-ignore
    const told: ClusterDelta[] = [];
    view.on("delta", (delta) => told.push(delta));
    const running = view.run();
    await until("everything", () => view.known);
    await work(view, told);
    end.abort();
    await running;
  }

  const addPod = (namespace: string, name: string) =>
    server.add(`/api/v1/namespaces/${namespace}/pods/${name}`, { metadata: { namespace, name, uid: name } });
  const addAutoscaler = (namespace: string, name: string) =>
    server.add(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`, {
      metadata: { namespace, name, uid: `${namespace}-${name}` },
    });

  it("has names of shown namespaces only, and asks for the balancer's events alone", async () => {
    for (const namespace of ["demo", "hidden"]) {
      addPod(namespace, `pod-${namespace}`);
      addAutoscaler(namespace, "hpa");
    }
    await viewed({ shows: (namespace) => namespace === "demo" }, (view) => {
      const { pods, autoscalers } = view.current;
      assert.deepEqual(pods.map(({ name }) => name).sort(), ["", "pod-demo"]);
      assert.deepEqual(autoscalers.map(({ namespace, name }) => `${namespace}/${name}`), ["demo/hpa"]); // prettier-ignore
      const asked = server.requests.filter(({ path }) => path.endsWith("/events"));
      for (const { query } of asked)
        assert.equal(query.get("fieldSelector"), "reportingController=spot-balancer");
      assert.ok(asked.length > 0);
      return Promise.resolve();
    });
  });

  it("tells what has changed of each kind, what is gone, and the saving, once", () =>
    viewed({}, async (view, told) => {
      const before = view.json;
      assert.equal(view.json, before);
      const told_ = () => JSON.stringify(told);
      addPod("demo", "new");
      await until("the pod", () => told_().includes('"name":"new"'));
      assert.deepEqual(told.flatMap(({ pods }) => pods?.removed ?? []), []); // prettier-ignore
      addAutoscaler("demo", "hpa");
      await until("the autoscaler", () => told_().includes('"name":"hpa"'));
      server.remove("/api/v1/nodes/one");
      await until("the node's end", () => told.some(({ nodes }) => nodes?.removed.includes("one")));
      assert.deepEqual((JSON.parse(view.json) as typeof view.current).nodes, []);
      told.length = 0;
      const saving = { perMonth: 5, time: "2026-11-21T12:00:00.000Z" };
      view.setSaving(saving);
      await until("the saving", () => told.length > 0);
      assert.deepEqual(told, [{ saving }]);
      assert.deepEqual((JSON.parse(view.json) as typeof view.current).saving, saving);
      // Another time of the same saving is nothing new.
      view.setSaving({ ...saving, time: "2026-11-21T12:01:00.000Z" });
      view.setSaving(null);
      await until("that nothing is known any more", () => told.length > 1);
      assert.deepEqual(told, [{ saving }, { saving: null }]);
    }));

  it("gathers what changes within a quarter of a second", () =>
    viewed({ deltaMs: undefined! }, async (_view, told) => {
      addPod("demo", "first");
      await until("the first", () => server.requests.length > 0 && told.length > 0);
      told.length = 0;
      const start = Date.now();
      addPod("demo", "second");
      await until("the second", () => told.length > 0);
      assert.ok(Date.now() - start >= 200, `${Date.now() - start} ms`);
    }));

  it("has the newest hundred moves and the newest hundred refusals, newest first", async () => {
    const path = "/apis/events.k8s.io/v1/namespaces/demo/events";
    const eventAt = (minute: number, action: string) => {
      const name = `${action}-${minute}`;
      const eventTime = new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString();
      server.add(`${path}/${name}`, { metadata: { name, namespace: "demo", uid: name }, eventTime, action });
    };
    for (let minute = 0; minute < 102; minute++) eventAt(minute, "Refuse");
    for (let minute = 0; minute < 101; minute++) eventAt(minute, "MoveToSpot");
    await viewed({}, (view) => {
      const uids = view.current.events.map(({ uid }) => uid);
      const [refusals, moves] = ["Refuse", "MoveToSpot"].map((action) =>
        uids.filter((uid) => uid.startsWith(action)),
      );
      assert.deepEqual([refusals!.length, refusals![0], refusals!.at(-1)], [100, "Refuse-101", "Refuse-2"]);
      assert.deepEqual([moves!.length, moves![0], moves!.at(-1)], [100, "MoveToSpot-100", "MoveToSpot-1"]);
      return Promise.resolve();
    });
  });

  it("is down with the first problem while any kind cannot be read, and up when all can", async () => {
    const said: string[] = [];
    const log = pino({}, { write: (line: string) => void said.push(line) });
    server.fail({ path: /horizontalpodautoscalers/, fault: { status: 403 }, times: 2 });
    await viewed({ log, backoff: [1, 1] }, async (view) => {
      await until("the link", () => view.link.up);
      assert.equal(view.link.state.problem, null);
      server.fail({ path: /\/nodes/, fault: { status: 403 }, times: Infinity });
      server.fail({ path: /\/pods/, fault: { status: 500 }, times: Infinity });
      server.endWatches();
      await until("both problems", () => said.length === 2);
      assert.match(view.link.state.problem ?? "", /nodes: 403/);
      assert.equal(view.link.up, false);
      server.mend();
      await until("the link again", () => view.link.up);
    });
    assert.match(
      said.join(),
      /"level":40.*"problem":".*nodes: 403.*"path":"\/api\/v1\/nodes".*the cluster cannot be read/,
    );
  });
});
