// The pool autoscaler's decisions: a table of situations, and what must hold in all of them.
import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  Memory,
  NodeShape,
  NodeState,
  Observed,
  PodState,
  PoolState,
  ScalePlan,
  Timing,
} from "./model.ts";
import type { NodeSize } from "../vmSizes.ts";
import { plan } from "./plan.ts";

const timing: Timing = { podWaitMs: 1_000, unneededMs: 60_000, recheckMs: 300_000, settleMs: 5_000 };
const now = 1_000_000;
const spotTaint = { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" };
const size: NodeSize = { cpu: 2_000, memory: 8_000, ephemeralStorage: 30_000, pods: 30 };

const shapes: Record<string, NodeShape> = {
  regular: { labels: { priority: "regular" }, taints: [], allocatable: size },
  spot: { labels: { priority: "spot" }, taints: [spotTaint], allocatable: size },
};
const buildPool = (name: string, changes: Partial<PoolState> = {}): PoolState => ({
  name,
  min: 0,
  max: 5,
  target: 0,
  template: shapes[name]!,
  ...changes,
});
const buildNode = (pool: string, index: number, changes: Partial<NodeState> = {}): NodeState => ({
  name: `${pool}-${index}`,
  pool,
  shape: shapes[pool]!,
  schedulable: true,
  going: false,
  readySince: 0,
  ...changes,
});
const buildPod = (key: string, changes: Partial<PodState> = {}): PodState => ({
  key,
  requests: { cpu: 1_000, memory: 100, ephemeralStorage: 0, pods: 1 },
  priority: 0,
  partOfNode: false,
  nodeSelector: {},
  requiredAffinity: [],
  tolerations: [],
  ...changes,
});
const waiting = (key: string, changes: Partial<PodState> = {}): PodState =>
  buildPod(key, { unschedulableSince: now - 5_000, ...changes });
const spotOnly: Partial<PodState> = {
  tolerations: [{ key: spotTaint.key, operator: "Exists" }],
  requiredAffinity: [{ matchExpressions: [{ key: "priority", operator: "In", values: ["spot"] }] }],
};
const since = (unneededSince: Record<string, number>): Memory => ({ unneededSince, unremovableUntil: {} });
const none: NodeSize = { cpu: 0, memory: 0, ephemeralStorage: 0, pods: 1 };
const term = (priority: string) => ({
  matchExpressions: [{ key: "priority", operator: "In", values: [priority] }],
});
const first = (): number => 0;
const decide = (observed: Partial<Observed>, memory = since({}), random = first): ScalePlan =>
  plan({ pools: [], nodes: [], pods: [], ...observed }, memory, now, timing, random);

describe("the pool autoscaler", () => {
  const growth: [what: string, observed: Partial<Observed>, expected: Record<string, number>][] = [
    ["nothing to do", { pools: [buildPool("regular")] }, {}],
    [
      "one node for two pods that fit on it",
      { pools: [buildPool("regular")], pods: [waiting("a"), waiting("b")] },
      { regular: 1 },
    ],
    [
      "two nodes for three",
      { pools: [buildPool("regular")], pods: [waiting("a"), waiting("b"), waiting("c")] },
      { regular: 2 },
    ],
    [
      "no more than the maximum",
      { pools: [buildPool("regular", { max: 1 })], pods: [waiting("a"), waiting("b"), waiting("c")] },
      { regular: 1 },
    ],
    [
      "not for a pod that waits too short",
      { pools: [buildPool("regular")], pods: [waiting("a", { unschedulableSince: now - 500 })] },
      {},
    ],
    [
      "not for a pod that the scheduler has not judged",
      { pools: [buildPool("regular")], pods: [buildPod("a")] },
      {},
    ],
    [
      "not for a pod of priority below -10",
      { pools: [buildPool("regular")], pods: [waiting("a", { priority: -11 })] },
      {},
    ],
    [
      "for a placeholder of priority -10",
      { pools: [buildPool("spot")], pods: [waiting("a", { ...spotOnly, priority: -10 })] },
      { spot: 1 },
    ],
    [
      "the pool of the pod with the higher priority first, however small it is",
      {
        pools: [buildPool("regular", { max: 1 }), buildPool("spot")],
        pods: [
          waiting("a", { tolerations: spotOnly.tolerations!, requests: { ...none, cpu: 1_800 } }),
          waiting("b", { priority: 1, requests: { ...none, cpu: 500 } }),
        ],
      },
      { regular: 1, spot: 1 },
    ],
    [
      "nothing for a pod that asks for none of what a node just Ready has too little of",
      {
        pools: [buildPool("regular", { target: 1 })],
        nodes: [buildNode("regular", 0, { readySince: now - 1_000 })],
        pods: [
          waiting("a"),
          buildPod("b", { node: "regular-0", requests: { ...none, ephemeralStorage: 30_001 } }),
        ],
      },
      {},
    ],
    [
      "a node of any of the terms",
      {
        pools: [buildPool("regular")],
        pods: [waiting("a", { requiredAffinity: [term("spot"), term("regular")] })],
      },
      { regular: 1 },
    ],
    [
      "no new node for a pod that wants one by its name",
      {
        pools: [buildPool("regular")],
        pods: [
          waiting("a", {
            requiredAffinity: [
              { ...term("regular"), matchFields: [{ key: "metadata.name", operator: "In", values: ["x"] }] },
            ],
          }),
        ],
      },
      {},
    ],
    [
      "not for a pod larger than a node",
      { pools: [buildPool("regular")], pods: [waiting("a", { requests: { ...size, cpu: 2_001 } })] },
      {},
    ],
    [
      "not spot for a pod that does not tolerate it",
      { pools: [buildPool("spot")], pods: [waiting("a")] },
      {},
    ],
    [
      "the pool that is asked for",
      { pools: [buildPool("regular"), buildPool("spot")], pods: [waiting("a", spotOnly)] },
      { spot: 1 },
    ],
    [
      "not for a selector that no pool has",
      { pools: [buildPool("regular")], pods: [waiting("a", { nodeSelector: { zone: "9" } })] },
      {},
    ],
    [
      "the minimum",
      {
        pools: [buildPool("regular", { min: 2, target: 1 })],
        nodes: [buildNode("regular", 0)],
        pods: [buildPod("a", { node: "regular-0" })],
      },
      { regular: 1 },
    ],
    [
      "nothing while Azure has no machines",
      { pools: [buildPool("regular", { min: 1, backoffUntil: now + 1 })], pods: [waiting("a")] },
      {},
    ],
    [
      "again after that",
      { pools: [buildPool("regular", { backoffUntil: now })], pods: [waiting("a")] },
      { regular: 1 },
    ],
    [
      "nothing for pods that a node on the way will take",
      { pools: [buildPool("regular", { target: 1 })], pods: [waiting("a"), waiting("b")] },
      {},
    ],
    [
      "the rest, beside a node on the way",
      { pools: [buildPool("regular", { target: 1 })], pods: [waiting("a"), waiting("b"), waiting("c")] },
      { regular: 1 },
    ],
    [
      "nothing for pods that a node just Ready will take",
      {
        pools: [buildPool("regular", { target: 1 })],
        nodes: [buildNode("regular", 0, { readySince: now - 1_000 })],
        pods: [waiting("a")],
      },
      {},
    ],
    [
      "for pods that a node refused which has been there",
      {
        pools: [buildPool("regular", { target: 1 })],
        nodes: [buildNode("regular", 0)],
        pods: [waiting("a")],
      },
      { regular: 1 },
    ],
    [
      "for pods while the only node is cordoned",
      {
        pools: [buildPool("regular", { target: 1 })],
        nodes: [buildNode("regular", 0, { schedulable: false })],
        pods: [waiting("a")],
      },
      { regular: 1 },
    ],
  ];
  for (const [what, observed, expected] of growth) {
    it(`grows by: ${what}`, () => assert.deepEqual(decide(observed).grow, expected));
  }

  const nodes = [buildNode("regular", 0, { readySince: 1 }), buildNode("regular", 1, { readySince: 2 })];
  const long = since({ "regular-0": now - 60_000, "regular-1": now - 60_000 });
  const pools = [buildPool("regular", { target: 2 })];
  const removal: [what: string, observed: Partial<Observed>, memory: Memory, expected: string[]][] = [
    ["nodes that are empty for long, the newest first", { pools, nodes }, long, ["regular-1", "regular-0"]],
    ["none that is empty for a short time", { pools, nodes }, since({ "regular-0": now - 59_999 }), []],
    [
      "none that is more than half used",
      {
        pools,
        nodes,
        pods: [
          buildPod("a", { node: "regular-0", requests: { ...none, cpu: 1_001 } }),
          buildPod("b", { node: "regular-1", requests: { ...none, memory: 4_001 } }),
        ],
      },
      long,
      [],
    ],
    [
      "one that is half used, whose pod fits on the other, and not both",
      { pools, nodes, pods: [buildPod("a", { node: "regular-0" }), buildPod("b", { node: "regular-1" })] },
      long,
      ["regular-1"],
    ],
    [
      "empty ones before it",
      { pools, nodes, pods: [buildPod("a", { node: "regular-1" })] },
      long,
      ["regular-0"],
    ],
    ...(["blocks", "nodeSelector"] as const).map((key): (typeof removal)[number] => [
      key === "blocks" ? "none with a pod that keeps it" : "none with a pod that fits nowhere else",
      {
        pools,
        nodes,
        pods: [
          buildPod("a", { node: "regular-0", requests: { ...size, cpu: 1_500, memory: 1 } }),
          buildPod("b", {
            node: "regular-1",
            requests: { ...size, cpu: 100, memory: 1, pods: 1 },
            ...(key === "blocks" ? { blocks: "has no controller" } : { nodeSelector: { zone: "9" } }),
          }),
        ],
      },
      long,
      [],
    ]),
    [
      "none that goes already, nor more than the minimum beside it",
      {
        pools: [buildPool("regular", { target: 2, min: 1 })],
        nodes: [nodes[0]!, { ...nodes[1]!, going: true, schedulable: false }],
      },
      long,
      [],
    ],
    [
      "none whose last verdict still holds, though it is empty now",
      { pools, nodes: [nodes[0]!] },
      { ...long, unremovableUntil: { "regular-0": now + 1 } },
      [],
    ],
    [
      "one that has only what belongs to it",
      {
        pools,
        nodes,
        pods: [
          buildPod("d", { node: "regular-1", partOfNode: true, nodeSelector: { node: "1" } }),
          buildPod("a", { node: "regular-0" }),
        ],
      },
      long,
      ["regular-1"],
    ],
    [
      "one that has only an expendable pod",
      {
        pools,
        nodes,
        pods: [
          buildPod("d", { node: "regular-1", priority: -11, nodeSelector: { node: "1" } }),
          buildPod("a", { node: "regular-0" }),
        ],
      },
      long,
      ["regular-1"],
    ],
    [
      "none that a placeholder of priority -10 holds, which fits nowhere else",
      {
        pools,
        nodes,
        pods: [
          buildPod("p", { node: "regular-1", priority: -10 }),
          buildPod("a", { node: "regular-0", requests: { ...size, cpu: 1_500, memory: 1 } }),
        ],
      },
      long,
      [],
    ],
    [
      "no more than down to the minimum",
      { pools: [buildPool("regular", { target: 2, min: 1 })], nodes },
      long,
      ["regular-1"],
    ],
    [
      "what may go of its own pool, though another pool's node goes",
      {
        pools: [buildPool("regular", { target: 2, min: 1 }), buildPool("spot", { target: 1 })],
        nodes: [...nodes, buildNode("spot", 0, { going: true, schedulable: false })],
      },
      long,
      ["regular-1"],
    ],
    [
      "one whose pod fits on another that cannot go itself",
      {
        pools,
        nodes,
        pods: [
          buildPod("kept", {
            node: "regular-1",
            requests: { ...none, cpu: 100 },
            blocks: "has no controller",
          }),
          buildPod("a", { node: "regular-0" }),
        ],
      },
      long,
      ["regular-0"],
    ],
    ["none of a pool that does not scale", { pools: [], nodes }, long, []],
    [
      "none while the pool grows",
      { pools, nodes, pods: [waiting("a", { requests: { ...size, pods: 1 } })] },
      long,
      [],
    ],
  ];
  for (const [what, observed, memory, expected] of removal) {
    it(`takes away: ${what}`, () => assert.deepEqual(decide(observed, memory).remove, expected));
  }

  it("holds a verdict over a node that could not go, and looks at it again only after the time for that", () => {
    const kept = buildPod("a", { node: "regular-0", blocks: "has no controller" });
    const { memory } = decide({ pools, nodes: [nodes[0]!], pods: [kept] });
    assert.deepEqual(memory, { unneededSince: {}, unremovableUntil: { "regular-0": now + 300_000 } });
    const later = plan({ pools, nodes: [nodes[0]!], pods: [] }, memory, now + 299_999, timing, first);
    assert.deepEqual(later.memory.unneededSince, {});
    const again = plan({ pools, nodes: [nodes[0]!], pods: [] }, memory, now + 300_000, timing, first);
    assert.deepEqual(again.memory, since({ "regular-0": now + 300_000 }));
  });

  it("lets chance decide between pools that waste as little", () => {
    const either = {
      pools: [buildPool("regular"), buildPool("spot")],
      pods: [waiting("a", { tolerations: spotOnly.tolerations! })],
    };
    assert.deepEqual(decide(either, since({}), () => 0).grow, { regular: 1 });
    assert.deepEqual(decide(either, since({}), () => 0.99).grow, { spot: 1 });
  });

  it("counts the time from when a node became unneeded, and anew after it was used", () => {
    const fresh = decide({ pools, nodes });
    assert.deepEqual(fresh.memory.unneededSince, { "regular-0": now, "regular-1": now });
    const busy = buildPod("a", { node: "regular-0", requests: { ...size, cpu: 1_500, memory: 1 } });
    const used = decide({ pools, nodes, pods: [busy] }, long);
    assert.deepEqual(used.memory.unneededSince, { "regular-1": now - 60_000 });
  });

  const podArbitrary = fc.record({
    cpu: fc.integer({ min: 0, max: 2_500 }),
    priority: fc.constantFrom(-20, -10, 0, 100),
    spot: fc.boolean(),
    where: fc.integer({ min: -2, max: 5 }),
    partOfNode: fc.boolean(),
  });
  const situation = fc.record({
    pods: fc.array(podArbitrary, { maxLength: 30 }),
    regular: fc.record({ min: fc.nat(2), more: fc.nat(4), nodes: fc.nat(3), coming: fc.nat(2) }),
    spot: fc.record({ min: fc.nat(2), more: fc.nat(4), nodes: fc.nat(3), coming: fc.nat(2) }),
    emptyFor: fc.constantFrom(0, 59_999, 60_000, 600_000),
  });
  type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;
  const observe = ({ pods, ...s }: Situation): Observed => {
    const pools = (["regular", "spot"] as const).map((name) =>
      buildPool(name, {
        min: s[name].min,
        max: s[name].min + s[name].more,
        target: s[name].nodes + s[name].coming,
      }),
    );
    const nodes = (["regular", "spot"] as const).flatMap((name) =>
      Array.from({ length: s[name].nodes }, (_, index) => buildNode(name, index)),
    );
    return {
      pools,
      nodes,
      pods: pods.map((pod, index) => {
        const node = nodes[pod.where]?.name;
        return buildPod(`p${index}`, {
          requests: { cpu: pod.cpu, memory: 10, ephemeralStorage: 0, pods: 1 },
          priority: pod.priority,
          partOfNode: pod.partOfNode,
          ...(pod.spot && spotOnly),
          ...(node ? { node } : pod.where === -1 ? {} : { unschedulableSince: now - 5_000 }),
        });
      }),
    };
  };
  const memoryOf = (observed: Observed, emptyFor: number): Memory =>
    since(Object.fromEntries(observed.nodes.map(({ name }) => [name, now - emptyFor])));

  it("never leaves a pool's bounds by its own doing, and drains one node at a time, half used at most", () => {
    fc.assert(
      fc.property(situation, (s) => {
        const observed = observe(s);
        const { grow, remove } = plan(observed, memoryOf(observed, s.emptyFor), now, timing, first);
        for (const pool of observed.pools) {
          const more = grow[pool.name] ?? 0;
          const fewer = remove.filter((name) => name.startsWith(pool.name)).length;
          assert.ok(more === 0 || pool.target + more <= Math.max(pool.max, pool.min));
          assert.ok(fewer === 0 || pool.target - fewer >= pool.min);
          assert.ok(more === 0 || fewer === 0);
        }
        const needed = observed.pods.filter(({ partOfNode, priority }) => !partOfNode && priority >= -10);
        const drained = remove.filter((name) => needed.some(({ node }) => node === name));
        assert.ok(drained.length <= 1);
        for (const name of drained) {
          const used = observed.pods.filter(({ node }) => node === name);
          assert.ok(used.reduce((total, { requests }) => total + requests.cpu, 0) <= size.cpu / 2);
        }
      }),
    );
  });

  it("is content once what it asked for is on the way", () => {
    fc.assert(
      fc.property(situation, (s) => {
        const observed = observe(s);
        const { grow } = plan(observed, since({}), now, timing, first);
        const pools = observed.pools.map((pool) => ({
          ...pool,
          target: pool.target + (grow[pool.name] ?? 0),
        }));
        assert.deepEqual(plan({ ...observed, pools }, since({}), now, timing, first).grow, {});
      }),
    );
  });

  it("decides the same whatever the order of what it sees", () => {
    fc.assert(
      fc.property(situation, (s) => {
        const observed = observe(s);
        const turned = {
          pools: observed.pools.toReversed(),
          nodes: observed.nodes.toReversed(),
          pods: observed.pods.toReversed(),
        };
        const memory = memoryOf(observed, s.emptyFor);
        const [a, b] = [plan(observed, memory, now, timing, first), plan(turned, memory, now, timing, first)];
        assert.deepEqual(a.grow, b.grow);
        assert.deepEqual(a.remove.toSorted(), b.remove.toSorted());
      }),
    );
  });
});
