import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Move,
  type Outcome,
  type Plan,
  type Refusal,
  type Snapshot,
  type WorkloadMemory,
  emptyState,
} from "../model.ts";
import { refusalReasons } from "../reasons.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
} from "../testing/builders.ts";
import { lookedAt } from "../testing/lookedAt.ts";
import { metricsText } from "./exporter.ts";
import { type RoundFacts, afterRound, emptyMetrics, pendingMoves, settlePending } from "./round.ts";

const memory: WorkloadMemory = {
  ...{ lastMovedAt: noon, lastMove: "ToSpot", lastReason: "Idle", recentMoves: [noon], failedReturns: 0 },
};

function buildMove(name: string, changes: Partial<Move> = {}): Move {
  return {
    ...{ kind: "ToSpot", uid: name, generation: 1, source: "regular", destination: "spot" },
    workload: { kind: "Deployment", namespace: "demo", name },
    ...{
      placement: "spot",
      evictions: [],
      nodes: [],
      reason: "Idle",
      message: "",
      score: 1,
      voluntary: true,
    },
    ...{ evidence: {}, memory },
    ...changes,
  };
}

const buildPlan = (moves: Move[] = [], changes: Partial<Plan> = {}): Plan => {
  return { moves, refusals: [], state: emptyState, ...changes };
};

const buildOutcome = (move: Move, result: Outcome["result"]): Outcome => {
  return { move, result, reason: "Applied", message: "", at: noon };
};

function buildFacts(changes: Partial<RoundFacts> = {}): RoundFacts {
  return {
    ...{ plan: buildPlan(), outcomes: [], snapshot: buildSnapshot(), policy: buildPolicy(), now: noon },
    ...{ durationMs: 1500, apiReads: 12, apiWrites: 2, promQueries: 6, newestSampleAgeMs: 4000 },
    ...changes,
  };
}

/** Value of one series in what Prometheus is told. */
function value(text: string, series: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

const holds = lookedAt(join(import.meta.dirname, "testdata/metrics.txt"));

describe("the metrics of rounds", () => {
  it("count from round to round what happened, by kind, reason and result", () => {
    const move = buildMove("a");
    const facts = buildFacts({
      plan: buildPlan([move, buildMove("b")]),
      outcomes: [buildOutcome(move, "Done"), buildOutcome(buildMove("b"), "Failed")],
    });
    const first = afterRound(emptyMetrics, facts);
    const text = metricsText(afterRound(first, buildFacts({ now: noon + minute })));
    const moves = 'spot_balancer_moves_total{kind="ToSpot",reason="Idle",result=';
    assert.equal(value(text, `${moves}"Done"}`), 1);
    assert.equal(value(text, `${moves}"Failed"}`), 1);
    assert.equal(value(text, 'spot_balancer_rounds_total{result="Degraded"}'), 1);
    assert.equal(value(text, 'spot_balancer_rounds_total{result="Done"}'), 1);
    assert.equal(value(text, 'spot_balancer_rounds_total{result="Crashed"}'), 0);
    assert.equal(value(text, 'spot_balancer_api_requests_total{type="read"}'), 24);
    assert.equal(value(text, "spot_balancer_prometheus_queries_total"), 12);
    assert.equal(value(text, 'spot_balancer_round_duration_seconds_bucket{le="1"}'), 0);
    assert.equal(value(text, 'spot_balancer_round_duration_seconds_bucket{le="2"}'), 2);
    assert.equal(value(text, 'spot_balancer_round_duration_seconds_bucket{le="+Inf"}'), 2);
    assert.equal(value(text, "spot_balancer_round_duration_seconds_sum"), 3);
    assert.equal(value(text, "spot_balancer_last_success_timestamp_seconds"), (noon + minute) / 1000);
    assert.equal(value(text, "spot_balancer_samples_age_seconds"), 4);
  });

  it("keep the last success, and say that there is no usage, while rounds are degraded", () => {
    const good = afterRound(emptyMetrics, buildFacts());
    const snapshot = buildSnapshot({ usageProblem: "Prometheus is away" });
    const bad = buildFacts({ snapshot, newestSampleAgeMs: undefined, now: noon + minute });
    const text = metricsText(afterRound(good, bad));
    assert.equal(value(text, "spot_balancer_last_success_timestamp_seconds"), noon / 1000);
    assert.equal(value(text, "spot_balancer_last_round_timestamp_seconds"), (noon + minute) / 1000);
    assert.equal(value(text, "spot_balancer_usage_available"), 0);
    assert.equal(value(text, "spot_balancer_samples_age_seconds"), undefined);
  });

  it("have no success before the first one, and degrade by a failed move, not by one that was skipped", () => {
    const lastSuccess = "spot_balancer_last_success_timestamp_seconds";
    const after = (result: Outcome["result"]) => metricsText(afterRound(emptyMetrics, buildFacts({ outcomes: [buildOutcome(buildMove("a"), "Done"), buildOutcome(buildMove("b"), result)] }))); // prettier-ignore
    assert.equal(value(after("Failed"), lastSuccess), undefined);
    assert.equal(value(after("Skipped"), lastSuccess), noon / 1000);
    assert.doesNotMatch(after("Failed"), /undefined|NaN/);
  });

  it("put a duration into each histogram bucket that it fits in, its bound included", () => {
    const { counters } = afterRound(emptyMetrics, buildFacts({ durationMs: 2000 }));
    const bucket = (le: string) => counters[`round_duration_seconds_bucket{le="${le}"}`];
    assert.deepEqual(["0.5", "1", "2", "5", "60", "+Inf"].map(bucket), [0, 0, 1, 1, 1, 1]);
    assert.deepEqual([counters["round_duration_seconds_sum"], counters["round_duration_seconds_count"]], [2, 1]); // prettier-ignore
  });

  it("count lost nodes on top of those before, and no known one again", () => {
    const loss = (node: string) => ({ node, pool: "spot", at: noon });
    const nodes = ["a", "b"].map((name) => buildNode("spot", name)); // lost, and still in the list
    const snapshot = buildSnapshot({ nodes, state: { ...emptyState, spotLosses: [loss("a")] } });
    const plan = buildPlan([], { state: { ...emptyState, spotLosses: ["a", "b", "c"].map(loss) } });
    const before = { ...emptyMetrics, counters: { spot_nodes_lost_total: 7 } };
    assert.equal(afterRound(before, buildFacts({ plan, snapshot })).counters["spot_nodes_lost_total"], 9);
    assert.equal(before.counters.spot_nodes_lost_total, 7);
  });

  it("name every reason to refuse at all times, and no other", () => {
    const workload = { kind: "Deployment", namespace: "demo", name: "a" };
    const refusal: Refusal = {
      workload,
      uid: "",
      reason: "NotIdle",
      message: "",
      placement: "regular",
      evidence: {},
    };
    const facts = buildFacts({ plan: buildPlan([], { refusals: [refusal, refusal] }) });
    const text = metricsText(afterRound(emptyMetrics, facts));
    const reasons = [...text.matchAll(/^spot_balancer_refusals\{reason="(\w+)"\} (\d+)$/gm)];
    assert.deepEqual(
      reasons.map(([, reason, count]) => [reason, count]),
      Object.keys(refusalReasons).map((reason) => [reason, reason === "NotIdle" ? "2" : "0"]),
    );
  });

  it("count a lost spot node once, however long it is remembered", () => {
    const spotLosses = [{ node: "spot-1", pool: "spot", at: noon }];
    const plan = buildPlan([], { state: { ...emptyState, spotLosses } });
    const first = afterRound(emptyMetrics, buildFacts({ plan }));
    const snapshot = buildSnapshot({ state: { ...emptyState, spotLosses } });
    const second = afterRound(first, buildFacts({ plan, snapshot }));
    assert.equal(second.counters["spot_nodes_lost_total"], 1);
  });

  describe("of a round that died between its moves", () => {
    const evicted = buildMove("c", { kind: "Rebalance", reason: "HotNode", memory: undefined });
    const before = {
      ...emptyMetrics,
      pending: pendingMoves(buildPlan([buildMove("a"), buildMove("b"), evicted])),
    };
    const snapshot: Snapshot = buildSnapshot({
      workloads: [buildWorkload("a", { memory }), buildWorkload("b"), buildWorkload("c")],
    });

    it("are found by what the workloads remember", () => {
      const settled = settlePending(before, snapshot);
      assert.deepEqual(settled.counters, {
        'moves_total{kind="ToSpot",reason="Idle",result="Done"}': 1,
        'moves_total{kind="ToSpot",reason="Idle",result="Unknown"}': 1,
        'moves_total{kind="Rebalance",reason="HotNode",result="Unknown"}': 1,
        'rounds_total{result="Crashed"}': 1,
      });
      assert.deepEqual(settled.pending, []);
      const bothDone = buildSnapshot({
        workloads: ["a", "b"].map((name) => buildWorkload(name, { memory })),
      });
      const { counters } = settlePending(before, bothDone);
      assert.equal(counters['moves_total{kind="ToSpot",reason="Idle",result="Done"}'], 2);
    });

    it("leave everything else as it was, and add up", () => {
      const pools = [{ pool: "a", priority: "spot", nodes: {} }];
      const counters = { 'rounds_total{result="Crashed"}': 4, spot_nodes_lost_total: 2 };
      const settled = settlePending({ ...before, pools, counters, gauges: { pods_pending: 3 } }, snapshot);
      assert.deepEqual([settled.pools, settled.gauges], [pools, { pods_pending: 3 }]);
      assert.equal(settled.counters['rounds_total{result="Crashed"}'], 5);
      assert.equal(settled.counters["spot_nodes_lost_total"], 2);
      assert.equal(counters['rounds_total{result="Crashed"}'], 4, "the record before is not touched");
    });

    it("are at most 500, whole with what the workload will remember", () => {
      const moves = Array.from({ length: 501 }, (_, index) => buildMove(`w${index}`));
      const pending = pendingMoves(buildPlan(moves));
      assert.equal(pending.length, 500);
      const first = { workload: "Deployment/demo/w0", kind: "ToSpot", reason: "Idle", movedAt: noon };
      assert.deepEqual(pending[0], first);
    });

    it("are settled once", () => {
      const settled = settlePending(before, snapshot);
      assert.equal(settlePending(settled, snapshot), settled);
    });
  });
});

describe("the metrics of pools and nodes", () => {
  const policy = buildPolicy(
    "{ namespaces: { demo: {} }, costs: { regularPerCpuHour: 0.05, spotPerCpuHour: 0.01 } }",
  );
  const workload = buildWorkload("a", {
    template: { requests: { cpu: 500, memory: 2 ** 30 } },
    placement: "spot",
  });
  const foreign = buildWorkload("b", {
    namespace: "other",
    template: { requests: { cpu: 500, memory: 2 ** 30 } },
  });
  const snapshot = buildSnapshot({
    nodes: [buildNode("spot", "spot-1"), buildNode("regular", "regular-1"), buildNode("system", "system-1")],
    workloads: [workload, foreign],
    pods: [
      ...buildPods(workload, ["spot-1", "spot-1", undefined]),
      ...buildPods(foreign, ["spot-1", "regular-1"]),
    ],
  });
  const text = metricsText(afterRound(emptyMetrics, buildFacts({ snapshot, policy })));

  it("say how pods are distributed", () => {
    assert.equal(value(text, 'spot_balancer_pods{node_pool="spot",priority="spot"}'), 3);
    assert.equal(value(text, 'spot_balancer_pods{node_pool="regular",priority="regular"}'), 1);
    assert.equal(value(text, 'spot_balancer_pods{node_pool="system",priority="other"}'), 0);
    assert.equal(value(text, "spot_balancer_pods_pending"), 1);
    assert.equal(value(text, 'spot_balancer_nodes{node_pool="spot",priority="spot"}'), 1);
    assert.equal(value(text, 'spot_balancer_workloads{placement="spot"}'), 1);
    const pool = 'node_pool="spot",priority="spot"';
    assert.equal(
      value(text, `spot_balancer_pool_utilization_ratio{${pool},resource="cpu",type="requested"}`),
      0.75,
    );
    assert.equal(
      value(text, `spot_balancer_pool_utilization_ratio{${pool},resource="cpu",type="used"}`),
      0.003,
    );
  });

  it("say what each node uses, in cores and bytes", () => {
    const labels = '{node="spot-1",node_pool="spot",priority="spot"}';
    assert.equal(value(text, `spot_balancer_node_cpu_usage_cores${labels}`), 0.006);
    assert.equal(value(text, `spot_balancer_node_cpu_allocatable_cores${labels}`), 2);
    assert.equal(value(text, `spot_balancer_node_memory_usage_bytes${labels}`), 3 * 2 ** 26);
    assert.equal(value(text, `spot_balancer_node_memory_allocatable_bytes${labels}`), 2 ** 33);
  });

  it("price what policy moves and runs on spot, and nobody else's pods", () => {
    // 2 pods of half a CPU, 4 cents an hour cheaper, 730 hours.
    assert.equal(value(text, 'spot_balancer_saving_per_month{currency="USD"}'), 29.2);
  });

  it("say 0 of what there is none of, and nothing of what cannot be divided", () => {
    const none = { allocatable: { cpu: 0, memory: 0, pods: 0 } };
    const nodes = [buildNode("spot", "s", none)];
    const text = metricsText(afterRound(emptyMetrics, buildFacts({ snapshot: buildSnapshot({ nodes, pods: [], workloads: [] }), policy }))); // prettier-ignore
    assert.equal(value(text, "spot_balancer_pods_pending"), 0);
    assert.equal(value(text, 'spot_balancer_pods{node_pool="spot",priority="spot"}'), 0);
    assert.doesNotMatch(text, /pool_utilization_ratio\{|NaN/);
    const half = [buildNode("spot", "s", { allocatable: { ...none.allocatable, cpu: 1000 } })];
    const of = metricsText(afterRound(emptyMetrics, buildFacts({ snapshot: buildSnapshot({ nodes: half, pods: [], workloads: [] }), policy }))); // prettier-ignore
    assert.match(of, /pool_utilization_ratio\{.*resource="cpu",type="used"\} 0\n/);
    assert.doesNotMatch(of, /resource="memory"|NaN/);
    assert.equal(value(text, 'spot_balancer_saving_per_month{currency="USD"}'), 0);
  });

  it("tell a pool with nodes of both priorities apart, and nodes that name none", () => {
    const labels = { "kubernetes.azure.com/agentpool": "a" };
    const nodes = [buildNode("spot", "s", { labels }), buildNode("regular", "r", { labels })];
    const bare = { ...buildNode("regular", "x"), labels: {} };
    const { pools } = afterRound(emptyMetrics, buildFacts({ snapshot: buildSnapshot({ nodes: [...nodes, bare] }), policy })); // prettier-ignore
    const found = pools.map(({ pool, priority, nodes }) => [pool, priority, ...Object.keys(nodes)]);
    assert.deepEqual(found.sort(), [["a", "regular", "r"], ["a", "spot", "s"], ["none", "other", "x"]]); // prettier-ignore
  });

  it("keep the numbers of the first 2,000 nodes by name", () => {
    const nodes = Array.from({ length: 2002 }, (_, i) => buildNode("spot", `n${String(9999 - i)}`));
    const { pools } = afterRound(emptyMetrics, buildFacts({ snapshot: buildSnapshot({ nodes }), policy }));
    const names = Object.keys(pools[0]!.nodes).sort();
    assert.deepEqual([names.length, names[0], names.at(-1)], [2000, "n7998", "n9997"]);
  });

  it("stay below a quarter of a ConfigMap on 5,000 nodes", () => {
    const nodes = Array.from({ length: 5000 }, (_, i) => buildNode("spot", `aks-spot-12345678-vmss${i}`));
    const stored = afterRound(emptyMetrics, buildFacts({ snapshot: buildSnapshot({ nodes }), policy }));
    assert.ok(JSON.stringify(stored).length < 256 * 1024, `${JSON.stringify(stored).length} bytes`);
    assert.equal(value(metricsText(stored), 'spot_balancer_nodes{node_pool="spot",priority="spot"}'), 5000);
  });

  it("are these of a cluster in which no two numbers are the same", () => {
    const sized = (cpu: number, memory: number) => ({ template: { requests: { cpu, memory } } });
    const large = { allocatable: { cpu: 4000, memory: 2 ** 34, pods: 50 } };
    const none = { allocatable: { cpu: 0, memory: 0, pods: 0 } };
    const own = buildWorkload("own", { placement: "spot", ...sized(300, 2 ** 28) });
    const keeper = buildWorkload("keeper", {
      template: { priority: -10, requests: { cpu: 700, memory: 1 } },
    });
    const others = buildWorkload("others", { namespace: "other", ...sized(110, 2 ** 27) });
    const snapshot = buildSnapshot({
      nodes: [
        ...[buildNode("spot", "s2", large), buildNode("spot", "s1"), buildNode("regular", "r1", large)],
        buildNode("system", "y1", { ...none, labels: { "kubernetes.azure.com/agentpool": "odd" } }),
      ],
      workloads: [own, keeper, others, buildWorkload("still", sized(50, 2 ** 26))],
      pods: [
        ...buildPods(own, ["s1", "s2", "r1", undefined]),
        ...buildPods(own, ["s2"], { name: "going", deletingAt: noon }),
        ...buildPods(keeper, ["s2"]),
        ...buildPods(others, ["s1", "r1", "r1", undefined], { usage: undefined }),
      ],
    });
    const move = buildMove("own", { kind: "ToRegular", reason: "Busy" });
    const facts = buildFacts({
      ...{ snapshot, policy, outcomes: [buildOutcome(move, "Skipped")], durationMs: 5000, promQueries: 7 },
      plan: buildPlan([move], { refusals: [] }),
    });
    const text = metricsText(afterRound(emptyMetrics, facts));
    // Helps are for people, and every reason has its line at all times.
    holds("a round", text.replaceAll(/^(#.*|spot_balancer_refusals\{.*\} 0)\n/gm, ""));
  });
});
