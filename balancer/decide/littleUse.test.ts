// Which nodes the cluster autoscaler leaves alone, and what is free of them.
import assert from "node:assert/strict";
import type { Node, Pod, PoolHealth, Resources } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  gibibyte,
  noon,
} from "../testing/builders.ts";
import { hasRoom, isKept, isKeptAmongMore, isLittle } from "./littleUse.ts";
import { buildWorld } from "./world.ts";

/** Of a node with 2 CPUs and 8 GiB. */
const half: Resources = { cpu: 1000, memory: 4 * gibibyte };
const little: Resources = { cpu: 999, memory: 1000 };
const spot = (name: string, changes: Partial<Node> = {}) => buildNode("spot", name, changes);
const pod = (requests: Resources, on: string, name = "web", priority = 0): Pod[] =>
  buildPods(buildWorkload(name, { template: { requests, priority } }), [on]);
const placeholder = (requests: Resources): Pod[] =>
  pod(requests, "s1").map((each) => ({
    ...each,
    ...{ namespace: "placeholder", workload: undefined, labels: { "spot-balancer/placeholder": "true" } },
  }));
const autoscaled: PoolHealth = { pool: "spot", health: "Healthy", backoff: false, minSize: 1 };

interface Case {
  nodes?: Node[];
  pods?: Pod[];
  health?: PoolHealth[];
  coming?: Resources[];
}
function world({ nodes = [spot("s1"), spot("s2")], pods = [], health = [autoscaled] }: Case) {
  const overprovisioning = buildWorkload("over", { template: { priority: -10 } });
  const workloads = [buildWorkload("web"), overprovisioning];
  return buildWorld(buildSnapshot({ nodes, pods, workloads, poolHealth: health }), buildPolicy(), noon);
}

describe("a node stands", () => {
  const kept: [what: string, is: boolean, of: Case][] = [
    ["not: little is on it, and its pods fit on the other one", false, { pods: pod(little, "s1") }],
    ["not: nothing is on it", false, {}],
    ["enough CPU is asked of it", true, { pods: pod({ ...little, cpu: 1000 }, "s1") }],
    ["enough memory is asked of it", true, { pods: pod({ ...little, memory: 4 * gibibyte }, "s1") }],
    ["enough comes to it", true, { pods: pod(little, "s1"), coming: [{ cpu: 1, memory: 0 }] }],
    ["not: what keeps room only does not count", false, { pods: placeholder(half) }],
    ["not: nor what is of negative priority", false, { pods: pod(half, "s1", "over", -10) }],
    ["nobody says that its pool may shrink", true, { health: [] }],
    ["nobody says how far", true, { health: [{ ...autoscaled, minSize: undefined }] }],
    ["its pool has no more than its least", true, { health: [{ ...autoscaled, minSize: 2 }] }],
    ["the autoscaler is told to leave it", true, { nodes: [spot("s1", { scaleDownDisabled: true }), spot("s2")] }],
    ["it is of no pool", true, { nodes: [spot("s1", { labels: { "kubernetes.azure.com/agentpool": "" } }), spot("s2")] }],
    ["its pods fit nowhere else", true, { pods: [...pod(little, "s1"), ...pod({ cpu: 1500, memory: 0 }, "s2", "x")] }],
    ["its pods fit on regular only", true, { nodes: [spot("s1"), spot("s2", { cordoned: true }), buildNode("regular", "r1")], pods: pod(little, "s1") }],
    ["not: its pods fit on one of another spot pool", false, { nodes: [spot("s1"), spot("s2", { cordoned: true }), spot("s3", { labels: { "kubernetes.azure.com/agentpool": "other" } })], pods: pod(little, "s1") }],
  ]; // prettier-ignore
  for (const [what, is, { coming, ...of }] of kept)
    it(`${is ? "because " : ""}${what}`, () => {
      const seen = world(of);
      const view = seen.nodeByName.get("s1")!;
      assert.equal(isKept(view, seen, coming), is);
      // With a node more its pool is above its least.
      assert.equal(
        isKeptAmongMore(view, seen, coming ?? []),
        is && what !== "its pool has no more than its least",
      );
    });
});

it("A node is of little use below half of both its CPU and its memory", () => {
  const node = { cpu: 2000, memory: 8 };
  const uses: [Resources, boolean][] = [
    [{ cpu: 999, memory: 3 }, true],
    [{ cpu: 1000, memory: 3 }, false],
    [{ cpu: 999, memory: 4 }, false],
  ];
  for (const [requests, is] of uses) assert.equal(isLittle(requests, node), is);
});

it("A node has the room that its work leaves, be it CPU or memory", () => {
  const seen = world({ pods: [...pod(half, "s1"), ...placeholder(half)] });
  const room = (cpu: number, memory: number, on = "s1") =>
    hasRoom(seen.nodeByName.get(on)!, { cpu, memory }, seen);
  assert.deepEqual([room(1000, 4 * gibibyte), room(1001, 0), room(0, 4 * gibibyte + 1)], [true, false, false]); // prettier-ignore
  assert.deepEqual([room(2000, 8 * gibibyte, "s2"), room(2001, 0, "s2")], [true, false]);
});
