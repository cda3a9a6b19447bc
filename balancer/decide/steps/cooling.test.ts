import assert from "node:assert/strict";
import { type LabelSelector, type Snapshot, type TopologySpread, emptyState } from "../../model.ts";
import { buildNode, buildWorkload, minute, noon } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";

const nodes = [buildNode("regular", "r1"), buildNode("regular", "r2")];
/** 600 millicores requested, 900 used: two of them make a node of 2000 hot. */
const size = { requests: { cpu: 600, memory: 1000 } };
const small = { requests: { cpu: 100, memory: 1000 } };

function evictions(workloads: Running[], parts: Partial<Snapshot> = {}): string[] {
  return planFor({ nodes, ...running(...workloads), ...parts }).moves.map(
    ({ reason, source, destination, evictions: [pod] }) =>
      `${reason} ${pod?.name}: ${source} to ${destination}`,
  );
}

describe("hot and cool nodes", () => {
  const hot = buildWorkload("hot", { replicas: 2, template: size });
  const cool = buildWorkload("cool", { template: { requests: { cpu: 100, memory: 1000 } } });

  it("evicts a pod from a hot node, where the scheduler will choose a cool one", () => {
    assert.deepEqual(
      evictions([
        [hot, ["r1", "r1"], 1.5],
        [cool, ["r2"], 0.6],
      ]),
      ["HotNode hot-0: r1 to r2"],
    );
  });

  it("evicts one pod of a workload, also where it makes nodes of two pools hot", () => {
    const labels = { "kubernetes.azure.com/agentpool": "second" };
    const second = ["s1", "s2"].map((name) => buildNode("regular", name, { labels }));
    const wide = buildWorkload("wide", { replicas: 4, template: size });
    const found = evictions([[wide, ["r1", "r1", "s1", "s1"], 1.5]], { nodes: [...nodes, ...second] });
    assert.equal(found.length, 1, found.join());
  });

  it("takes the node's own measure before the sum of its pods, as long as it is fresh", () => {
    const measured = (sampledAt: number) => [
      { ...nodes[0]!, usage: { cpu: 1900, memory: 1000, sampledAt } },
      nodes[1]!,
    ];
    const cluster: Parameters<typeof evictions>[0] = [[hot, ["r1", "r1"], 1]];
    assert.deepEqual(evictions(cluster), []);
    assert.deepEqual(evictions(cluster, { nodes: measured(noon - minute) }), ["HotNode hot-0: r1 to r2"]);
    assert.deepEqual(evictions(cluster, { nodes: measured(noon - 10 * minute) }), []);
  });

  it("waits after an eviction until the average of usage no longer has the pod", () => {
    const cluster: Running[] = [
      [hot, ["r1", "r1"], 1.5],
      [cool, ["r2"], 0.6],
    ];
    const after = (minutesAgo: number, hotNode: string) => {
      const at = noon - minutesAgo * minute;
      const evicted = [{ workload: "Deployment/demo/gone", at, hotNode }];
      return evictions(cluster, { state: { ...emptyState, evictions: evicted } }).length;
    };
    assert.deepEqual([after(4, "r1"), after(4, "r2"), after(6, "r1"), after(4, "elsewhere")], [0, 0, 1, 1]);
  });

  it("leaves nodes alone that are not hot", () => {
    assert.deepEqual(evictions([[hot, ["r1", "r1"], 1.2]]), []);
  });

  it("does not evict where the scheduler would put the pod back on the hot node", () => {
    const reserved = buildWorkload("reserved", { template: { requests: { cpu: 1000, memory: 1000 } } });
    const cluster: Parameters<typeof evictions>[0] = [
      [hot, ["r1", "r1"], 1.5],
      [reserved, ["r2"], 0.35],
    ];
    assert.deepEqual(evictions(cluster), []);
  });

  it("does not evict where the hot node is nearly as empty by requests", () => {
    const near = buildWorkload("near", { template: { requests: { cpu: 500, memory: 1000 } } });
    const cluster: Parameters<typeof evictions>[0] = [
      [hot, ["r1", "r1"], 1.5],
      [near, ["r2"], 0.04],
    ];
    assert.deepEqual(evictions(cluster), []);
  });

  it("does not evict where the pods that stay leave the new one no other node", () => {
    const byHost = (selector: LabelSelector) => [
      { topologyKey: "kubernetes.io/hostname", maxSkew: 1, selector },
    ];
    const ofApp = [{ key: "app", operator: "In" as const, values: ["spread"] }];
    const third = buildNode("regular", "r3");
    const alongside = (on: string[], topologySpread: TopologySpread[]) =>
      evictions(
        [
          [buildWorkload("single", { template: { requests: { cpu: 800, memory: 1000 } } }), ["r1"], 2.2],
          // By requests only r3 is clearly better than the hot node.
          [buildWorkload("other", { template: { requests: { cpu: 500, memory: 1000 } } }), ["r2"], 0.35],
          [buildWorkload("spread", { replicas: on.length, template: { ...small, topologySpread } }), on, 0.1],
        ],
        { nodes: [...nodes, third] },
      );
    const crowded = ["r1", "r2", "r3", "r3"];
    assert.deepEqual(alongside(crowded, []), ["HotNode spread-0: r1 to r3"]);
    assert.deepEqual(alongside(crowded, byHost(ofApp)), []);
    assert.deepEqual(alongside(["r1", "r1", "r2"], byHost(ofApp)), ["HotNode spread-0: r1 to r3"]);
  });

  it("evicts one pod of a pool, however many of its nodes are hot", () => {
    const [one, two] = [hot, { ...hot, name: "two", uid: "uid-two" }];
    const four = [...nodes, buildNode("regular", "r3"), buildNode("regular", "r4")];
    const cluster: Running[] = [
      [one, ["r1", "r1"], 1.5],
      [two, ["r2", "r2"], 1.5],
    ];
    assert.equal(evictions(cluster, { nodes: four }).length, 1);
  });

  it("does not evict where a taint advises the scheduler against the cool node", () => {
    const taint = { key: "DeletionCandidateOfClusterAutoscaler", effect: "PreferNoSchedule" } as const;
    const advisedAgainst = [nodes[0]!, buildNode("regular", "r2", { taints: [taint] })];
    const cluster: Parameters<typeof evictions>[0] = [
      [hot, ["r1", "r1"], 1.5],
      [cool, ["r2"], 0.6],
    ];
    assert.deepEqual(evictions(cluster, { nodes: advisedAgainst }), []);
  });

  it("does not evict where the target would not stay cool", () => {
    assert.deepEqual(
      evictions([
        [hot, ["r1", "r1"], 1.5],
        [cool, ["r2"], 2],
      ]),
      [],
    );
  });

  it("does not stop an only replica, a critical one, or one whose disruption budget is used up", () => {
    const single = buildWorkload("hot", { template: size });
    const critical = { ...hot, labels: { "spot-balancer/tier": "critical" } };
    const selector = [{ key: "app", operator: "In" as const, values: ["hot"] }];
    const spent = { namespace: "demo", name: "hot", selector, disruptionsAllowed: 0 };
    assert.deepEqual(evictions([[single, ["r1"], 3]]), []);
    assert.deepEqual(evictions([[critical, ["r1", "r1"], 1.5]]), []);
    const disruptionBudgets = [{ ...spent, currentHealthy: 2, desiredHealthy: 2 }];
    assert.deepEqual(evictions([[hot, ["r1", "r1"], 1.5]], { disruptionBudgets }), []);
  });

  it("lets a workload rest after an eviction", () => {
    const state = { ...emptyState, evictions: [{ workload: "Deployment/demo/hot", at: noon - minute }] };
    assert.deepEqual(evictions([[hot, ["r1", "r1"], 1.5]], { state }), []);
  });

  describe("where the scheduler goes by more than room", () => {
    const with_ = (template: object): Running[] => [
      [buildWorkload("hot", { replicas: 2, template: { ...size, ...template } }), ["r1", "r1"], 1.5],
      [buildWorkload("cache", { namespace: "other" }), ["r1"]],
    ];
    const nearCache = {
      topologyKey: "kubernetes.io/hostname",
      selector: [{ key: "app", operator: "In" as const, values: ["cache"] }],
      namespaces: ["other"],
    };
    const onHost = (name: string) => [
      { key: "kubernetes.io/hostname", operator: "In" as const, values: [name] },
    ];
    const moved = ["HotNode hot-0: r1 to r2"];
    const cases: [what: string, template: object, expected: string[]][] = [
      ["another scheduler's taste is not known", { scheduler: "bin-packing" }, []],
      ["a preference draws it back", { preferences: [{ weight: 1, pods: nearCache }] }, []],
      ["a preference drives it away", { preferences: [{ weight: 1, pods: nearCache, avoids: true }] }, moved],
      ["a preferred node is the hot one", { preferences: [{ weight: 1, nodes: onHost("r1") }] }, []],
      ["a preferred node is the cool one", { preferences: [{ weight: 1, nodes: onHost("r2") }] }, moved],
      [
        "two preferences stand against each other",
        {
          preferences: [
            { weight: 9, nodes: onHost("r2") },
            { weight: 8, pods: nearCache },
          ],
        },
        moved,
      ],
      ["an empty preference is none", { preferences: [{ weight: 9, nodes: [] }] }, moved],
    ];
    for (const [what, template, expected] of cases) {
      it(`${what}: ${expected.length > 0 ? "it is evicted" : "no eviction"}`, () =>
        assert.deepEqual(evictions(with_(template)), expected));
    }
  });

  it("sees a preferred spread as it is once the pod has gone, and before it has come", () => {
    const spread = {
      weight: 100,
      pods: {
        topologyKey: "kubernetes.io/hostname",
        selector: [{ key: "app", operator: "In" as const, values: ["hot"] }],
        namespaces: [],
      },
      avoids: true,
    };
    const of = (on: string[], request = 600): Running[] => [
      [
        buildWorkload("hot", {
          replicas: on.length,
          template: { requests: { cpu: request, memory: 1000 }, preferences: [spread] },
        }),
        on,
        900 / request,
      ],
    ];
    assert.deepEqual(evictions(of(["r1", "r1"])), ["HotNode hot-0: r1 to r2"]);
    const big = buildNode("regular", "r2", { allocatable: { cpu: 8000, memory: 8 * 2 ** 30, pods: 30 } });
    const beside: Running = [buildWorkload("rest", { namespace: "other", template: size }), ["r1"], 1.6];
    const [own] = of(["r1", "r2", "r2"]);
    const parts = { nodes: [nodes[0]!, big] };
    assert.deepEqual(evictions([own!, beside], parts), [], "r2 has two of them already");
  });

  it("counts what is unknown on the cool node with what it requests", () => {
    const dark = buildWorkload("dark", { template: { requests: { cpu: 200, memory: 1000 } } });
    const parts = running([hot, ["r1", "r1"], 1.5], [dark, ["r2"], 0]);
    const unknown = parts.pods.map((pod) =>
      pod.workload?.endsWith("dark") ? { ...pod, usage: undefined } : pod,
    );
    const found = (pods: typeof unknown) => planFor({ nodes, ...parts, pods }).moves.length;
    assert.deepEqual([found(parts.pods), found(unknown)], [1, 0], "900 + 200 of 2000 are above half");
  });
});
