import assert from "node:assert/strict";
import type { Node, PodTemplate, PoolHealth, Snapshot } from "../model.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  gibibyte,
  minute,
  noon,
} from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { volumes } from "../testing/refusals/case.ts";
import { Growth } from "./growth.ts";
import { buildWorld } from "./world.ts";

const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
const ofRegular = (changes: Partial<PoolHealth>): PoolHealth => {
  return { pool: "aks-regular-1-vmss", health: "Healthy", backoff: false, minSize: 1, ...changes };
};
const mayGrow = [ofRegular({ maxSize: 2 })];
const requests = { cpu: 600, memory: gibibyte };

/** `web` is busy on spot; of 2 CPUs on regular so many millicores are requested. */
function decisionFor(changes: WorkloadChanges, parts: Partial<Snapshot>, filled = 1700): string {
  const replicas = changes.replicas ?? 2;
  const web = buildWorkload("web", {
    ...{ placement: "spot", replicas, ...changes },
    template: { requests, ...changes.template },
  });
  const other = buildWorkload("other", {
    namespace: "other",
    template: { requests: { cpu: filled, memory: gibibyte } },
  });
  const { workloads, pods } = running([web, Array<string>(replicas).fill("s1"), 0.6], [other, ["r1"], 0.5]);
  const { moves, refusals } = planFor({ nodes, workloads, pods, ...parts });
  return moves[0] ? `${moves[0].reason} +${moves[0].growsBy ?? 0}` : refusals[0]!.reason;
}

describe("busy work on spot, with little room on regular", () => {
  it("comes back up to the high-water mark, where pressure would begin", () => {
    const filling = (filled: number) => decisionFor({ replicas: 1 }, {}, filled);
    assert.equal(filling(1100), "Busy +0"); // to 85 %
    assert.equal(filling(1101), "AboveWaterMark");
  });

  it("comes back so, too, when policy does not allow it on spot any more", () => {
    const critical = { replicas: 1, labels: { "spot-balancer/tier": "critical" } };
    assert.equal(decisionFor(critical, {}, 1100), "NoLongerAllowed +0");
  });
});

describe("busy work on spot, with no room on regular", () => {
  it("comes back when the autoscaler may add the nodes for it", () => {
    assert.equal(decisionFor({}, { poolHealth: mayGrow }), "Busy +1");
    const wide = [ofRegular({ maxSize: 4 })];
    assert.equal(decisionFor({ replicas: 4 }, { poolHealth: mayGrow }), "AboveWaterMark");
    assert.equal(decisionFor({ replicas: 4 }, { poolHealth: wide }), "Busy +2");
  });

  it("stays where nobody says that regular may grow, or it may not just now", () => {
    for (const poolHealth of [[], [ofRegular({})], [ofRegular({ maxSize: 1 })]]) {
      assert.equal(decisionFor({}, { poolHealth }), "AboveWaterMark");
    }
    assert.equal(
      decisionFor({}, { poolHealth: [ofRegular({ maxSize: 2, backoff: true })] }),
      "PoolInBackoff",
    );
  });

  it("stays when it would fit beside the others: then no pod would wait, and regular not grow", () => {
    assert.equal(decisionFor({ replicas: 1 }, { poolHealth: mayGrow }, 1300), "AboveWaterMark");
  });

  it("stays where it needs the node only while old and new pods stand side by side: the node would go again", () => {
    const web = buildWorkload("web", { placement: "spot", replicas: 2, template: { requests } });
    const other = buildWorkload("other", { namespace: "other", template: { requests } });
    const parts = running([web, ["s1", "r1"], 0.6], [other, ["r1"], 0.5]);
    const decided = (more: number) => {
      const filler = buildWorkload("filler", { namespace: "other", template: { requests: { cpu: more, memory: 1000 } } }); // prettier-ignore
      const there = running([filler, ["r1"], 0.5]);
      const { moves, refusals } = planFor({
        ...{ nodes, poolHealth: mayGrow },
        ...{ workloads: [...parts.workloads, ...there.workloads], pods: [...parts.pods, ...there.pods] },
      });
      return moves[0] ? `${moves[0].reason} +${moves[0].growsBy ?? 0}` : refusals[0]!.reason;
    };
    assert.equal(decided(200), "AboveWaterMark", "2000 of 2000 fit");
    assert.equal(decided(201), "Busy +1");
  });

  it("stays when pods would stop before the node is there, or when it is not sure that the node will do", () => {
    const decided = (template: Partial<PodTemplate>) => decisionFor({ template }, { poolHealth: mayGrow });
    assert.equal(decisionFor({ update: { maxUnavailable: 1 } }, { poolHealth: mayGrow }), "AboveWaterMark");
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const podAntiAffinity = [{ topologyKey: "kubernetes.io/hostname", selector, namespaces: [] }];
    assert.equal(decided({ podAntiAffinity, requests: { cpu: 100, memory: 1000 } }), "AboveWaterMark");
    assert.equal(decided({ requests: { cpu: 2001, memory: 1000 } }), "AboveWaterMark");
  });

  it("counts what comes with each node, and what earlier moves have taken", () => {
    const agent = buildWorkload("agent", {
      ...{ kind: "DaemonSet", namespace: "other" },
      template: { requests: { cpu: 900, memory: 1000 } },
    });
    const web = buildWorkload("web", { placement: "spot", replicas: 2, template: { requests } });
    const twin = buildWorkload("twin", { placement: "spot", replicas: 2, template: { requests } });
    const { workloads, pods } = running([web, ["s1", "s1"], 0.6], [twin, ["s1", "s1"], 0.6]);
    const growths = (maxSize: number) =>
      planFor({
        nodes,
        workloads: [...workloads, agent],
        pods: [...pods, ...buildPods(agent, ["r1"])],
        poolHealth: [ofRegular({ maxSize })],
      }).moves.map(({ workload, growsBy }) => `${workload.name} +${growsBy}`);
    assert.deepEqual(growths(2), ["web +1"]);
    assert.deepEqual(growths(4), ["web +1", "twin +2"]);
  });

  it("stays while others wait for the node that is to come, unless that is there and starts", () => {
    const waiting = buildWorkload("waiting", { template: { requests } });
    const pods = buildPods(waiting, [undefined], { unschedulableSince: noon });
    const said = (more: Node[], poolHealth: PoolHealth[]) => {
      const web = buildWorkload("web", { placement: "spot", template: { requests } });
      const other = buildWorkload("other", { namespace: "other", template: { requests: { cpu: 1700, memory: gibibyte } } }); // prettier-ignore
      const there = running([web, ["s1"], 0.6], [other, ["r1"], 0.5]);
      const parts = { nodes: [...nodes, ...more], poolHealth };
      const plan = planFor({ ...parts, workloads: [...there.workloads, waiting], pods: [...there.pods, ...pods] }); // prettier-ignore
      const all = [...plan.moves, ...plan.refusals];
      return all.find(({ workload }) => workload.name === "web")!.reason;
    };
    const starting = buildNode("regular", "r2", { ready: false, readySince: noon, createdAt: noon });
    assert.equal(said([], [ofRegular({ maxSize: 2 })]), "AboveWaterMark");
    assert.equal(said([], [ofRegular({ maxSize: 3 })]), "Busy");
    assert.equal(said([starting], [ofRegular({ maxSize: 3 })]), "Busy");
    assert.equal(said([starting], [ofRegular({ maxSize: 2 })]), "AboveWaterMark");
  });

  it("stays while others are on their way that have no room there: a node comes for each once its pod is made", () => {
    const memory = { lastMovedAt: noon - minute, lastMove: "ToRegular" as const, lastReason: "Busy" as const, recentMoves: [], failedReturns: 0 }; // prettier-ignore
    const returning = buildWorkload("returning", { status: { updated: 0 }, memory, template: { requests } });
    const web = buildWorkload("web", { placement: "spot", template: { requests } });
    const other = buildWorkload("other", { namespace: "other", template: { requests: { cpu: 1700, memory: gibibyte } } }); // prettier-ignore
    const parts = running([web, ["s1"], 0.6], [other, ["r1"], 0.5], [returning, ["s1"], 0.5]);
    const growths = (maxSize: number) =>
      planFor({ nodes, ...parts, poolHealth: [ofRegular({ maxSize })] }).moves.map(({ growsBy }) => growsBy);
    assert.deepEqual([2, 3].map(growths), [[], [1]]);
  });

  it("counts no node for those who wait and have room", () => {
    const sized = (cpu: number) => ({
      namespace: "other",
      template: { requests: { cpu, memory: gibibyte } },
    });
    const waiting = buildWorkload("waiting", { ...sized(1100), replicas: 2 });
    const web = buildWorkload("web", { placement: "spot", template: { requests } });
    const there = running([web, ["s1"], 0.6], [buildWorkload("a", sized(1700)), ["r1"], 0.5], [buildWorkload("b", sized(900)), ["r2"], 0.5]); // prettier-ignore
    const pods = [...there.pods, ...buildPods(waiting, [undefined, undefined], { unschedulableSince: noon })];
    const growths = (maxSize: number) =>
      planFor({
        nodes: [...nodes, buildNode("regular", "r2")],
        ...{ workloads: [...there.workloads, waiting], pods },
        poolHealth: [ofRegular({ maxSize })],
      }).moves.map(({ growsBy }) => growsBy);
    assert.deepEqual([3, 4].map(growths), [[], [1]]);
  });

  it("comes back as a whole where it is split: the spread over both sides is ours, and goes with the placement", () => {
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const topologySpread = [{ topologyKey: "kubernetes.azure.com/priority", maxSkew: 2, selector }];
    assert.equal(decisionFor({ template: { topologySpread } }, { poolHealth: mayGrow }), "Busy +1");
  });

  it("comes back to nodes that regular has yet to add, too, when its own are lost: its pods stop anyway", () => {
    const lost = [nodes[0]!, { ...nodes[1]!, conditions: ["VMEventScheduled"] }];
    const gaps = { replicas: 1, update: { maxSurge: 1, maxUnavailable: 1 } };
    assert.equal(decisionFor(gaps, { nodes: lost, poolHealth: mayGrow }), "SpotNodeLost +1");
    assert.equal(decisionFor(gaps, { nodes: lost }), "NoCapacityOnRegular");
  });
});

describe("nodes that may come", () => {
  const of = (pool: string, maxSize: number, minSize = 1) =>
    ofRegular({ pool: `aks-${pool}-1-vmss`, maxSize, minSize });
  const inSecond = { labels: { "kubernetes.azure.com/agentpool": "second" } };
  const growth = (poolHealth: PoolHealth[], second: Node[] = [buildNode("regular", "r2", inSecond)]) =>
    new Growth(buildWorld(buildSnapshot({ nodes: [...nodes, ...second], poolHealth }), buildPolicy(), noon));
  /** Three of them fit on a node. */
  const web = buildWorkload("web", { template: { requests } });

  it("are as many as its pods take, of the first pool that may have so many", () => {
    const both = [of("regular", 2), of("second", 4)];
    const counts = [1, 3, 4, 9, 10].map((pods) => growth(both).nodesFor(web, pods)?.count);
    assert.deepEqual(counts, [1, 1, 2, 3, undefined]);
    const { allocatable } = growth(both).nodesFor(web, 4)!;
    assert.deepEqual(allocatable, { cpu: 4000, memory: 16 * gibibyte });
  });

  it("are more where each takes few pods, of which some run on every node", () => {
    const narrow = { allocatable: { cpu: 2000, memory: 8 * gibibyte, pods: 3 } };
    const agent = buildWorkload("agent", { kind: "DaemonSet", namespace: "x" });
    const parts = { nodes: [buildNode("regular", "r1", narrow)], workloads: [agent], pods: buildPods(agent, ["r1"]) }; // prettier-ignore
    const world = buildWorld(buildSnapshot({ ...parts, poolHealth: [of("regular", 9)] }), buildPolicy(), noon); // prettier-ignore
    const small = buildWorkload("small", { template: { requests: { cpu: 1, memory: 1 } } });
    assert.deepEqual([2, 3].map((pods) => new Growth(world).nodesFor(small, pods)?.count), [1, 2]); // prettier-ignore
  });

  it("are fewer while they are taken, and come back", () => {
    const one = growth([of("regular", 3), of("second", 1)]);
    const taken = one.nodesFor(web, 4)!;
    taken.take(1);
    assert.equal(one.nodesFor(web, 1), undefined);
    taken.take(-1);
    assert.deepEqual([one.nodesFor(web, 4)?.count, one.nodesFor(web, 7)], [2, undefined]);
  });

  it("are expected of a pool that may grow, not of one that is full", () => {
    const second = growth([of("regular", 1), of("second", 2)]);
    second.expect(web, 1);
    assert.equal(second.nodesFor(web, 1), undefined);
  });

  it("are none for pods that fit on no such node, or where nobody knows it", () => {
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const odd: Partial<PodTemplate>[] = [
      { nodeSelector: { none: "such" } },
      { requests: { cpu: 2001, memory: 1 } },
      { requests: { cpu: 1, memory: 8 * gibibyte + 1 } },
      { hostPorts: [80] },
      { podAffinity: [{ topologyKey: "zone", selector, namespaces: [] }] },
      { podAntiAffinity: [{ topologyKey: "zone", selector, namespaces: [] }] },
      { topologySpread: [{ topologyKey: "zone", selector, maxSkew: 1 }] },
      { volumes: { ...volumes, zones: ["eu-1"] } },
    ];
    for (const template of odd) {
      const pools = growth([of("regular", 9)]);
      const strange = buildWorkload("strange", { template: { requests, ...template } });
      assert.equal(pools.nodesFor(strange, 1), undefined);
      pools.expect(strange, 9);
      const counts = [24, 25].map((pods) => pools.nodesFor(web, pods)?.count);
      assert.deepEqual(counts, [8, undefined], "nothing was expected for it");
    }
  });

  it("are such as one that can be used, and none of spot, of no pool, or of one whose first node has yet to come", () => {
    const later = { ready: false, readySince: noon, createdAt: noon };
    const wide = { cpu: 9000, memory: 64 * gibibyte, pods: 30 };
    const first = buildNode("regular", "r0", { ...inSecond, ...later, allocatable: wide });
    const second = [of("regular", 1), of("second", 9)];
    const counts = (more: Node[]) => [3, 4].map((pods) => growth(second, more).nodesFor(web, pods)?.count);
    assert.deepEqual(counts([first, buildNode("regular", "r2", inSecond)]), [1, 2]);
    assert.deepEqual(counts([first]), [undefined, undefined]);
    assert.deepEqual(
      counts([buildNode("regular", "r2", { labels: { "kubernetes.azure.com/agentpool": "" } })]),
      [undefined, undefined],
    );
    const onSpot = buildWorkload("web", { placement: "spot", template: { requests } });
    assert.equal(growth([of("spot", 9)], []).nodesFor(onSpot, 1), undefined);
  });

  it("are expected of the next pool where those of the first would not do", () => {
    const both = growth([of("regular", 9), of("second", 3)]);
    const second = buildWorkload("second", {
      template: { requests, nodeSelector: { "kubernetes.azure.com/agentpool": "second" } },
    });
    both.expect(second, 3);
    assert.deepEqual(
      [3, 4].map((pods) => both.nodesFor(second, pods)?.count),
      [1, undefined],
    );
  });

  it("are expected of those that start, before others", () => {
    const starting = buildNode("regular", "r3", { ...inSecond, ready: false, readySince: noon, createdAt: noon }); // prettier-ignore
    const some = growth([of("regular", 1), of("second", 4)], [buildNode("regular", "r2", inSecond), starting]); // prettier-ignore
    assert.equal(some.nodesFor(web, 6)?.count, 2);
    some.expect(web, 3);
    assert.equal(some.nodesFor(web, 6)?.count, 2, "the one that starts");
    some.expect(web, 3);
    assert.deepEqual([some.nodesFor(web, 6)?.count, some.nodesFor(web, 3)?.count], [undefined, 1]);
  });
});
