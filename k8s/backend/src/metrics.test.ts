// What Prometheus and the kubelet are answered.
import assert from "node:assert/strict";
import { listening } from "../../../balancer/testing/listening.ts";
import { Metrics, metricsServer } from "./metrics.ts";

describe("the backend's metrics", () => {
  it("count what was stored and what was known, and time requests in seconds", async () => {
    let up = true;
    const metrics = new Metrics({ database: () => up }, "b");
    metrics.insert({ rows: 5, stored: 3 });
    metrics.insert({ rows: 1, stored: 1 });
    metrics.request("GET", "/api/info", 200, 0.02);
    metrics.clients(4);
    const value = async (name: string) => {
      const line = (await metrics.text()).split("\n").find((each) => each.startsWith(name));
      return Number(line?.split(" ").at(-1));
    };
    const labels = 'variant="b",method="GET",route="/api/info",status="200"';
    const expected: [name: string, value: number][] = [
      ['backend_samples_stored_total{variant="b"}', 4],
      ['backend_samples_known_total{variant="b"}', 2],
      ['backend_insert_rows_sum{variant="b"}', 6],
      ['backend_insert_rows_count{variant="b"}', 2],
      ['backend_feed_clients{variant="b"}', 4],
      [`backend_http_request_duration_seconds_bucket{le="0.01",${labels}}`, 0],
      [`backend_http_request_duration_seconds_bucket{le="0.025",${labels}}`, 1],
      ['backend_database_up{variant="b"}', 1],
    ];
    for (const [name, number] of expected) assert.equal(await value(name), number, name);
    up = false;
    assert.equal(await value("backend_database_up"), 0);
    assert.ok((await value("process_cpu_seconds_total")) > 0, "Node's own");
    assert.doesNotMatch(await metrics.text(), /backend_cluster_up/);
  });

  it("have a server that says whether the program lives, and whether it is ready", async () => {
    let ready = false;
    const server = metricsServer(new Metrics({ database: () => true }, "a"), () => ready);
    const { url, stop } = await listening(server);
    const ask = async (path: string) => {
      const answer = await fetch(`${url}${path}`);
      return [answer.status, answer.headers.get("content-type"), await answer.text()] as const;
    };
    const text = "text/plain; charset=utf-8";
    try {
      assert.deepEqual(await ask("/livez?verbose"), [200, text, "ok\n"]);
      assert.deepEqual(await ask("/readyz"), [503, text, "not ready\n"]);
      ready = true;
      assert.deepEqual(await ask("/readyz"), [200, text, "ok\n"]);
      assert.equal((await ask("/"))[0], 404);
      const [status, type, body] = await ask("/metrics");
      assert.equal(status, 200);
      assert.match(type ?? "", /^text\/plain; version=/);
      assert.match(body, /^# TYPE backend_samples_stored_total counter$/m);
    } finally {
      await stop();
    }
  });
});
