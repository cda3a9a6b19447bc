import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "../kube/client.ts";
import { addObject } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { type Listening, listening } from "../testing/listening.ts";
import { serveMetrics, servePages } from "./exporter.ts";
import { renderSeries, seriesKey } from "./series.ts";
import { version } from "../version.ts";

/** As every answer begins. */
const buildInfo = `# HELP spot_balancer_build_info 1, by version of the exporter.
# TYPE spot_balancer_build_info gauge
spot_balancer_build_info{version="${version}"} 1
`;

describe("the exporter", () => {
  let api: FakeApiServer;
  let server: Listening;
  const get = async (path: string, method = "GET") => {
    const response = await fetch(`${server.url}${path}`, { method });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text(),
    };
  };
  const store = (metrics: string) =>
    addObject(api, "configmaps", {
      metadata: { name: "spot-balancer-state", namespace: "monitoring" },
      data: { "metrics.json": metrics },
    });

  beforeEach(async () => {
    api = await startApiServer();
    const signal = new AbortController().signal;
    const client = connect(api.kubeconfig(), { signal, retries: 0, backoffMs: 1 });
    server = await listening(serveMetrics(client, "monitoring"));
  });
  afterEach(async () => {
    await server.stop();
    await api.stop();
  });

  it("serves what the last round stored, in Prometheus' text format", async () => {
    store('{"counters":{"spot_nodes_lost_total":2},"gauges":{"refusals{reason=\\"NotIdle\\"}":1}}');
    assert.deepEqual(await get("/metrics"), {
      status: 200,
      type: "text/plain; version=0.0.4; charset=utf-8",
      text: `${buildInfo}# HELP spot_balancer_spot_nodes_lost_total Spot nodes that were lost, condemned or not ready.
# TYPE spot_balancer_spot_nodes_lost_total counter
spot_balancer_spot_nodes_lost_total 2
# HELP spot_balancer_refusals Workloads that stay as they are, by reason, in the last round.
# TYPE spot_balancer_refusals gauge
spot_balancer_refusals{reason="NotIdle"} 1
`,
    });
    store('{"counters":{"spot_nodes_lost_total":3}}');
    assert.match((await get("/metrics")).text, /lost_total 3\n/);
  });

  it("serves nothing but its version before the first round", async () => {
    assert.deepEqual([(await get("/metrics")).status, (await get("/metrics")).text], [200, buildInfo]);
  });

  it("fails the scrape when the state cannot be read, and is alive all the same", async () => {
    api.fail({
      path: /spot-balancer-state/,
      fault: { status: 403, file: "kubernetes-403-rbac.json" },
      times: 9,
    });
    const { status, text } = await get("/metrics");
    assert.equal(status, 503);
    assert.match(text, /^the state cannot be read: .*forbidden/);
    assert.deepEqual((await get("/healthz")).status, 200);
  });

  it("is ready, and answers whatever is asked behind a path, to HEAD without a body", async () => {
    assert.deepEqual([(await get("/readyz")).status, (await get("/readyz")).text], [200, "ok\n"]);
    assert.equal((await get("/metrics?x=y?z")).status, 200);
    const head = await get("/healthz", "HEAD");
    assert.deepEqual([head.status, head.text, head.type], [200, "", "text/plain; charset=utf-8"]);
  });

  it("is not ready as long as its program says so, and fails the scrape that throws", async () => {
    const { url, stop } = await listening(
      servePages(
        () => {
          throw new Error("no numbers");
        },
        () => false,
      ),
    );
    const ask = (path: string) => fetch(`${url}${path}`);
    try {
      assert.equal((await ask("/readyz")).status, 503);
      assert.equal(await (await ask("/metrics")).text(), "the state cannot be read: no numbers\n");
    } finally {
      await stop();
    }
  });

  it("asks the API server once, however many ask at once, and again afterwards", async () => {
    const reads: (() => void)[] = [];
    const send = () => new Promise((resolve) => reads.push(() => resolve({ data: {} })));
    const shared = serveMetrics({ send } as never, "monitoring");
    const { url, stop } = await listening(shared);
    const ask = () => fetch(`${url}/metrics`);
    try {
      let asked = 0;
      const allAsked = new Promise((all) => shared.on("request", () => ++asked === 3 && all(undefined)));
      const answers = Promise.all([ask(), ask(), ask()]);
      await allAsked;
      assert.equal(reads.length, 1);
      reads[0]!();
      assert.deepEqual((await answers).map(({ status }) => status), [200, 200, 200]); // prettier-ignore
      const later = ask();
      await once(shared, "request");
      assert.equal(reads.length, 2);
      reads[1]!();
      assert.equal((await later).status, 200);
    } finally {
      await stop();
    }
  });

  it("knows no other path and no other method", async () => {
    assert.equal((await get("/")).status, 404);
    assert.equal((await get("/metrics", "POST")).status, 405);
  });
});

describe("the text format", () => {
  it("escapes label values", () => {
    const key = seriesKey("pods", { node_pool: 'a"b\\c\nd' });
    assert.equal(
      renderSeries({ [key]: 1 })
        .split("\n")
        .at(-2),
      'spot_balancer_pods{node_pool="a\\"b\\\\c\\nd"} 1',
    );
  });

  it("leaves out families that it does not know", () => {
    assert.equal(renderSeries({ future_total: 1, "constructor{}": 1 }), "");
  });
});
