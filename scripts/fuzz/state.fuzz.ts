// What outlives a round, in the hands of somebody else: the state ConfigMap, the Lease, the memory on a workload.
import assert from "node:assert/strict";
import fc from "fast-check";
import { connect } from "../../balancer/kube/client.ts";
import { runRound } from "../../balancer/main/round.ts";
import { metricsText } from "../../balancer/metrics/exporter.ts";
import { emptyMetrics } from "../../balancer/metrics/round.ts";
import { emptyState } from "../../balancer/model.ts";
import { connectPrometheus } from "../../balancer/prometheus.ts";
import { createLog } from "../../balancer/report.ts";
import { memoryAnnotations, readMemory, readMetrics } from "../../balancer/state.ts";
import { readDecisionState, readStoredMetrics } from "../../balancer/state/schema.ts";
import { addDemo } from "../../balancer/testing/apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "../../balancer/testing/apiServer.ts";
import { anyCharacter } from "../../balancer/testing/anyCharacter.ts";
import { type FakePrometheus, capturedPolicy, startPrometheus } from "../../balancer/testing/prometheus.ts";
import { fuzz } from "./harness.ts";
import { brokenText, mutated, oddValue } from "./odd.ts";

const stateAt = "/api/v1/namespaces/monitoring/configmaps/spot-balancer-state";
const leaseAt = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/spot-balancer";
const workloadAt = "/apis/apps/v1/namespaces/demo/deployments/nginx-demo";

const at = Date.now() - 60_000;
const state = {
  balancer: {
    ...emptyState,
    spotNodesByPool: { spot: ["spot-1", "spot-9"] },
    spotLosses: [{ node: "spot-9", pool: "spot", at }],
    evictions: [{ workload: "Deployment demo/nginx-demo", at }],
  },
  told: { abcdefghij: { reason: "NotIdle", at, count: 3 } },
};
const metrics = {
  ...emptyMetrics,
  counters: { 'rounds_total{result="Done"}': 5 },
  pools: [{ pool: "spot", priority: "spot", nodes: { "spot-1": [1, 2, 3, 4] } }],
  pending: [{ workload: "Deployment demo/nginx-demo", kind: "ToSpot", reason: "Idle", movedAt: at }],
};
const memory = {
  lastMovedAt: at,
  lastMove: "ToSpot",
  lastReason: "Idle",
  recentMoves: [at],
  failedReturns: 1,
};
const lease = { holderIdentity: "other", leaseDurationSeconds: 60, acquireTime: new Date(at).toISOString(), renewTime: new Date(at).toISOString(), leaseTransitions: 3 }; // prettier-ignore

const jsonOf = (base: object): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: mutated(base).map((odd) => JSON.stringify(odd)) },
    { weight: 1, arbitrary: brokenText(fc.constant(JSON.stringify(base))) },
    { weight: 1, arbitrary: oddValue.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: anyCharacter }) },
  );
const times = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom("9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z"),
);

const input = fc.record(
  {
    state: fc.option(jsonOf(state), { nil: undefined }),
    metrics: jsonOf(metrics),
    memory: jsonOf(memory),
    /** The API server checks the types of a Lease, not its values. */
    lease: fc.option(
      fc.record(
        {
          holderIdentity: fc.string({ unit: anyCharacter }),
          leaseDurationSeconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
          renewTime: times,
          leaseTransitions: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
  },
  { requiredKeys: ["metrics", "memory", "state", "lease"] },
);

describe("fuzz: what outlives a round", () => {
  const soon = Date.now();
  fuzz(
    "state, numbers and memories are read, or begin anew with the reason",
    4,
    input,
    ({ state, metrics, memory }) => {
      const read = readDecisionState(state ?? "", soon);
      const found = read.value?.balancer ?? emptyState;
      for (const { at } of [...found.spotLosses, ...found.evictions]) assert.ok(at >= 0 && at <= soon);
      const numbers = readStoredMetrics(metrics);
      metricsText(numbers.value ?? emptyMetrics);
      for (const { value, problem } of [read, numbers])
        assert.ok((value === undefined) === (problem !== undefined));
      const remembered = readMemory({ "spot-balancer/memory": memory });
      if (remembered) memoryAnnotations(remembered);
    },
  );

  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  let cluster: [path: string, object: ApiObject][];
  const { signal } = new AbortController();
  const log = createLog("silent");

  before(async () => {
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
    cluster = [...server.objects];
  });
  after(() => Promise.all([server.stop(), prometheus.stop()]));

  fuzz("a round is done whatever state, Lease and memories say, and leaves what can be read", 12, input, async (odd) => {
    const client = connect(server.kubeconfig(), { signal, backoffMs: 1, retries: 0 });
    try {
      server.objects.clear();
      for (const [path, object] of cluster) server.objects.set(path, structuredClone(object));
      const data = { ...(odd.state !== undefined && { "state.json": odd.state }), "metrics.json": odd.metrics };
      server.objects.set(stateAt, { metadata: { name: "spot-balancer-state", resourceVersion: "5" }, data });
      const leaseObject: ApiObject = { metadata: { name: "spot-balancer", namespace: "monitoring", resourceVersion: "6" } };
      if (odd.lease !== undefined) server.objects.set(leaseAt, { ...leaseObject, spec: { ...lease, ...odd.lease } });
      const workload = server.objects.get(workloadAt)!;
      const annotations = { "spot-balancer/memory": odd.memory };
      server.objects.set(workloadAt, { ...workload, metadata: { ...workload.metadata, annotations } });

      const round = () =>
        runRound({
          ...{ client, policy: capturedPolicy, namespace: "monitoring", dryRun: false, identity: "fuzz", log },
          ...{ prometheus: connectPrometheus(prometheus.url, { signal, backoffMs: 1 }), stop: signal },
        });
      metricsText(await readMetrics(client, "monitoring"));
      const first = await round();
      if ("heldBy" in first) {
        assert.ok(first.until <= Date.now() + 400_000, "nobody keeps it for long");
        return;
      }
      assert.deepEqual(first.problems, []);
      const second = await round();
      assert.ok("plan" in second);
      assert.deepEqual(second.stats.warnings, [], "what the first one left can be read");
    } finally {
      await client.close();
    }
  }); // prettier-ignore
});
