import assert from "node:assert/strict";
import { join } from "node:path";
import { connectPrometheus } from "../prometheus.ts";
import { testdata } from "../testing/apiServer.ts";
import { buildPods, buildPolicy, buildWorkload } from "../testing/builders.ts";
import { lookedAt } from "../testing/lookedAt.ts";
import { type FakePrometheus, capturedPolicy, startPrometheus } from "../testing/prometheus.ts";
import type { ObservedPod } from "./pods.ts";
import { attachUsage, readUsage, usageQueries } from "./usage.ts";

const holds = lookedAt(join(import.meta.dirname, "testdata/queries.txt"));

describe("usage from Prometheus", () => {
  let fake: FakePrometheus;
  const now = Date.UTC(2026, 10, 21, 12);
  const read = (policy = capturedPolicy) => {
    const prometheus = connectPrometheus(fake.url, { signal: new AbortController().signal, backoffMs: 1 });
    return readUsage(prometheus, policy, () => now);
  };

  beforeEach(async () => {
    fake = await startPrometheus();
  });
  afterEach(() => fake.stop());

  it("is joined by pod, in the model's units", async () => {
    const { pods, problem, newestSampleAgeMs } = await read();
    assert.equal(problem, undefined);
    const { cpu, cpuOverWindow, networkOverWindow, ...rest } = pods.get("demo/busy-demo-1")!;
    // The exporter burned 0.4 + 0.05 cores, and received and sent 20 kB/s each: what two jobs scraped counts once.
    assert.ok(Math.abs(cpu - 450) < 1, `${cpu}`);
    assert.ok(Math.abs(cpuOverWindow - 450) < 1);
    assert.ok(Math.abs(networkOverWindow! - 40_000) < 10);
    assert.deepEqual(rest, { memory: 65_000_000, samples: 30, sampledAt: now - newestSampleAgeMs! });
    assert.ok(newestSampleAgeMs! < 2000, "told by Prometheus' clock, whatever ours says");
    assert.ok(
      Math.abs(pods.get("demo/nginx-demo-1")!.cpu - 4) < 0.1,
      "neither its pause container nor its cgroup",
    );
  });

  it("tells whole nodes from the kubelet or from cAdvisor's root cgroup, and leaves out what names no node", async () => {
    const { nodes } = await read();
    assert.deepEqual([...nodes.keys()].sort(), ["regular-1", "spot-1"]);
    const { cpu, memory, sampledAt } = nodes.get("regular-1")!;
    assert.ok(Math.abs(cpu - 118.3) < 0.1, `${cpu} millicores`);
    assert.equal(memory, 3e9);
    assert.ok(now - sampledAt < 1000);
    assert.ok(Math.abs(nodes.get("spot-1")!.cpu - 219.5) < 0.1, "the root cgroup, not the sum of all");
  });

  it("costs the same few queries whatever the cluster's size", async () => {
    await read();
    assert.deepEqual(fake.queries.toSorted(), Object.values(usageQueries(capturedPolicy)).toSorted());
    assert.equal(fake.queries.length, 7);
  });

  it("is asked for by these words", () => {
    const policies = {
      "by default": "{}",
      "of a short window": "{ idle: { windowMinutes: 2, percentile: 0.5 }, usage: { rateMinutes: 1.5 } }",
    };
    for (const [which, policy] of Object.entries(policies)) {
      const queries = Object.entries(usageQueries(buildPolicy(policy)));
      holds(which, queries.map(([name, query]) => `${name}: ${query}`).join("\n"));
    }
  });

  it("has no samples for a pod without a rate: zero would look idle", async () => {
    fake.replies.cpuOverWindow = "prometheus-empty.json";
    const { pods } = await read();
    assert.equal(pods.get("demo/busy-demo-1")!.samples, 0);
  });

  const buildObserved = (name: string, changes: Partial<ObservedPod> = {}): ObservedPod => ({
    pod: { ...buildPods(buildWorkload(name), ["regular-1"])[0]!, name: `${name}-1`, usage: undefined },
    ...{ claimNames: [], drivers: [], containers: 1, hostNetwork: false },
    ...changes,
  });
  const attach = async (...observed: ObservedPod[]) => {
    attachUsage([], observed, await read());
    return observed.map(({ pod }) => pod.usage);
  };

  it("has no usage of a pod without a present rate, or without memory, or with what cannot be: zero would look idle", async () => {
    const without = (name: string, odd = "NaN") => ({
      status: 200,
      body: JSON.stringify({
        status: "success",
        data: {
          resultType: "vector",
          result: [
            { metric: { namespace: "demo", pod: name }, value: [1, "1"] },
            {
              metric: { namespace: "demo", pod: "busy-demo-1" === name ? "nginx-demo-1" : "busy-demo-1" },
              value: [1, odd],
            },
          ],
        },
      }),
    });
    for (const odd of ["NaN", "+Inf", "-1"]) {
      fake.replies.cpu = without("busy-demo-1", odd);
      assert.deepEqual([...(await read()).pods.keys()], ["demo/busy-demo-1"], odd);
    }
    fake.replies.cpu = undefined;
    fake.replies.memory = without("nginx-demo-1");
    assert.deepEqual([...(await read()).pods.keys()], ["demo/nginx-demo-1"]);
  });

  it("has none of a pod that lacks the series of one of its containers", async () => {
    const [whole, lacking] = await attach(
      buildObserved("busy-demo", { containers: 2 }),
      buildObserved("nginx-demo", { containers: 2 }),
    );
    assert.equal(whole?.samples, 30);
    assert.equal(lacking, undefined, "it has one rate only");
  });

  it("says of traffic that it is unknown where others' is known, and nothing of pods on their node's network", async () => {
    const network = JSON.parse(testdata("prometheus-network.json")) as {
      data: { result: { metric: { pod: string } }[] };
    };
    network.data.result = network.data.result.filter(({ metric }) => metric.pod !== "nginx-demo-1");
    fake.replies.network = { status: 200, body: JSON.stringify(network) };
    const [known, unknown] = await attach(buildObserved("busy-demo"), buildObserved("nginx-demo"));
    assert.deepEqual([known?.networkUnknown, unknown?.networkUnknown], [undefined, true]);
    const [onNode] = await attach(buildObserved("busy-demo", { hostNetwork: true }));
    assert.deepEqual([onNode?.networkOverWindow, onNode?.networkUnknown], [undefined, undefined]);
    fake.replies.network = "prometheus-empty.json";
    assert.equal(
      (await attach(buildObserved("busy-demo")))[0]?.networkUnknown,
      undefined,
      "nobody measures it",
    );
  });

  it("says what is missing where no pod has usage", async () => {
    fake.replies.cpu = "prometheus-empty.json";
    assert.match((await read()).problem!, /no rate over 60 s .* must hold two scrapes/);
    fake.replies.cpu = undefined;
    fake.replies.memory = "prometheus-empty.json";
    assert.match((await read()).problem!, /no container_memory_working_set_bytes/);
  });

  it("does not believe an answer that says of itself that it is not complete", async () => {
    const answer = JSON.parse(testdata("prometheus-network.json")) as object;
    const body = JSON.stringify({ ...answer, warnings: ["store a:10901 did not answer within 30 s"] });
    fake.replies.network = { status: 200, body };
    const { problem, pods } = await read();
    assert.match(problem!, /its answer is not complete: store a:10901 did not answer/);
    assert.equal(pods.size, 2, "told all the same");
    fake.replies.network = {
      status: 200,
      body: JSON.stringify({ ...answer, infos: ["might not be a counter"] }),
    };
    assert.equal((await read()).problem, undefined);
    // thanos-io/thanos#8229
    const warnings = ["PromQL info: metric might not be a counter"];
    fake.replies.network = { status: 200, body: JSON.stringify({ ...answer, warnings }) };
    assert.equal((await read()).problem, undefined);
    // VictoriaMetrics/VictoriaMetrics#4115
    for (const isPartial of [true, false]) {
      fake.replies.network = { status: 200, body: JSON.stringify({ ...answer, isPartial }) };
      const { problem = "" } = await read();
      assert.equal(problem.includes("not complete: isPartial"), isPartial);
    }
  });

  it("asks only for series with the labels that policy demands", () => {
    const usage = { ...capturedPolicy.usage, selector: { cluster: 'a"b', job: "cadvisor" } };
    for (const query of Object.values(usageQueries({ ...capturedPolicy, usage }))) {
      const series = [...query.matchAll(/(container|node)_\w+(\{[^}]*\})?/g)].map(([text]) => text);
      assert.ok(series.length > 0);
      for (const text of series) assert.ok(text.endsWith(',cluster="a\\"b",job="cadvisor"}'), text);
    }
  });

  it("leaves traffic out where no such series exist", async () => {
    fake.replies.network = "prometheus-empty.json";
    assert.equal((await read()).pods.get("demo/busy-demo-1")!.networkOverWindow, undefined);
  });

  it("says that there is none", async () => {
    fake.replies.all = "prometheus-empty.json";
    const { pods, problem } = await read();
    assert.equal(pods.size, 0);
    assert.match(
      problem!,
      /has no container_cpu_usage_seconds_total .* in the last 1 minutes: does it scrape the kubelets/,
    );
  });

  it("says that it is old, and still tells it", async () => {
    fake.replies.sampledAt = "prometheus-sampled-at-stale.json";
    const strict = { ...capturedPolicy, idle: { ...capturedPolicy.idle, maxSampleAgeMinutes: 0.5 } };
    const { pods, problem, newestSampleAgeMs } = await read(strict);
    assert.match(problem!, /newest sample .* is \d\d s old, and policy believes none above 30 s/);
    assert.equal(pods.size, 2);
    assert.ok(newestSampleAgeMs! > 40_000);
    assert.equal((await read()).problem, undefined, "within the 5 minutes of the default");
  });

  it("says that Prometheus refuses, is something else, or does not answer", async () => {
    fake.replies.cpu = "prometheus-400-bad-query.json";
    assert.match(
      (await read()).problem!,
      /gives no usage: it refuses a query \(400\): invalid parameter "query"/,
    );
    fake.replies.all = { status: 200, body: "<html>Sign in</html>" };
    assert.match((await read()).problem!, /it answers 200, and not as Prometheus does: <html>Sign in/);
    fake.replies.all = { status: 503, body: "Service Unavailable" };
    assert.match((await read()).problem!, /it answers 503, and not as Prometheus does: Service Unavailable/);
    await fake.stop();
    assert.match((await read()).problem!, /gives no usage: connect ECONNREFUSED/);
  });

  it("wants a URL", () => {
    const signal = new AbortController().signal;
    for (const url of ["", "localhost:9090", "ftp://x"]) {
      assert.throws(() => connectPrometheus(url, { signal }), {
        name: "InputError",
        message: /--prometheus: expected/,
      });
    }
  });
});
