import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { addObject } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { exportMetrics } from "./exporter.ts";

describe("the exporter as a program", () => {
  let server: FakeApiServer;
  let folder: string;
  let said: string;
  /** Of requests, milliseconds. */
  let patience: number[];
  beforeEach(async () => {
    server = await startApiServer();
    folder = mkdtempSync(join(tmpdir(), "balancer-exporter-"));
    [said, patience] = ["", []];
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    mock.method(AbortSignal, "timeout", (ms: number) => (patience.push(ms), timeout(ms)));
    mock.method(process.stderr, "write", (text: string) => (said += text) !== "");
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const start = (listen = "127.0.0.1:0") => {
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, server.kubeconfig().exportConfig());
    return exportMetrics(["--kubeconfig", kubeconfig, "--namespace", "ops", "--listen", listen]);
  };
  /** @param ended of the program, which may fail before it has one */
  const address = async (ended: Promise<number>) => {
    let isOver = false;
    const over = () => void (isOver = true);
    ended.then(over, over);
    while (!isOver) {
      const [found] = /http:\/\/[\d.]+:\d+/.exec(said) ?? [];
      if (found !== undefined) return found;
      await new Promise(setImmediate);
    }
    return assert.fail(`it ended with ${await ended}, and said: ${said}`);
  };

  it("serves the numbers of its namespace until a signal comes, and tells soon why there are none", async () => {
    const data = { "metrics.json": '{"counters":{"spot_nodes_lost_total":2},"gauges":{}}' };
    addObject(server, "configmaps", { metadata: { name: "spot-balancer-state", namespace: "ops" }, data });
    const ended = start();
    const url = await address(ended);
    assert.match(said, /^Metrics are served at http:\/\/127\.0\.0\.1:\d+\/metrics\n$/);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /\nspot_balancer_spot_nodes_lost_total 2\n/);
    server.fail({ path: /configmaps/, fault: "cut", times: 99 });
    assert.equal((await fetch(`${url}/metrics`)).status, 503);
    assert.deepEqual([server.requests.length, [...new Set(patience)]], [3, [4000]], "tried once more");
    await assert.rejects(start(url.slice("http://".length)), /^InputError: --listen: cannot listen at 127\.0\.0\.1:\d+: .*EADDRINUSE/); // prettier-ignore
    process.emit("SIGTERM");
    assert.equal(await ended, 0);
    await assert.rejects(fetch(`${url}/metrics`));
  });
});
