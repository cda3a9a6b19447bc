import assert from "node:assert/strict";
import { json } from "node:stream/consumers";
import { ApiError } from "../kube/apiError.ts";
import { usageQueries } from "../observe/usage.ts";
import { buildPolicy, noon } from "../testing/builders.ts";
import { idlePrometheus, playedClient } from "./connections.ts";
import type { PlayedPod } from "./pods.ts";

describe("the played connections", () => {
  it("give the lists of the assumed cluster, and know of nothing else", async () => {
    const client = playedClient({ pods: [{ a: 1 }] }, noon);
    assert.equal(client.now(), noon);
    assert.deepEqual(await client.send({ path: "/api/v1/pods" }, (body) => json(body)), { metadata: {}, items: [{ a: 1 }] }); // prettier-ignore
    const missing = (path: string) => client.send({ path }, (body) => json(body));
    await assert.rejects(missing("/api/v1/secrets"), (error) => error instanceof ApiError && error.status === 404); // prettier-ignore
    await assert.rejects(client.send({ path: "/api/v1/pods" }), /404 NotFound: no such object offline/);
  });

  it("have seen every pod idle just now, as often as policy asks for", async () => {
    const policy = buildPolicy("{ namespaces: {}, idle: { minSamples: 7 } }");
    const pod = { metadata: { name: "web-1", namespace: "shop", labels: {} } } as unknown as PlayedPod;
    const prometheus = idlePrometheus([pod], policy, noon);
    const queries = usageQueries(policy);
    const labels = { namespace: "shop", pod: "web-1" };
    const seen = async (promql: string) => {
      const samples: unknown[] = [];
      assert.deepEqual(await prometheus.query(promql, (sample) => samples.push(sample)), { evaluatedAt: noon, warnings: [] }); // prettier-ignore
      return samples;
    };
    for (const [query, value] of [[queries.cpu, 0], [queries.cpuOverWindow, 0], [queries.memory, 1], [queries.sampledAt, noon / 1000]] as const)
      assert.deepEqual(await seen(query), [{ labels, value }]);
    assert.deepEqual(await seen(queries.samples), [{ labels, value: 7 }, { labels: { ...labels, kind: "containers" }, value: 1000 }]);
    assert.deepEqual(await seen("up"), []);
  }); // prettier-ignore
});
