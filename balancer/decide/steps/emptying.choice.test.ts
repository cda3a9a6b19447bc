// Which nodes are emptied, in which order, and what does not count as being on them.
import assert from "node:assert/strict";
import type { Node, PoolHealth } from "../../model.ts";
import { buildNode, buildPods, buildWorkload, gibibyte, noon } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";

/** Neither idle nor busy. */
const moderate = 0.2;
const regular = (name: string, changes: Partial<Node> = {}) => buildNode("regular", name, changes);
const spot = ["s1", "s2"].map((name) => buildNode("spot", name));
const size = (name: string, cpu: number) => buildWorkload(name, { template: { requests: { cpu, memory: 1000 } } }); // prettier-ignore
/** It keeps its node, for it would come back. */
const busy = (on: string): Running => [size(`busy-${on}`, 500), [on], 0.6];
const [a, b] = [size("a", 100), size("b", 100)];

/** How many nodes the autoscaler keeps in each pool. */
function emptied(
  nodes: Node[],
  list: Running[],
  minSizes: Record<string, number>,
  more = running(),
): string[] {
  const parts = running(...list);
  const poolHealth = Object.entries(minSizes).map(([pool, minSize]): PoolHealth => ({ pool, health: "Healthy", backoff: false, minSize })); // prettier-ignore
  const { moves } = planFor({
    ...{ nodes: [...nodes, ...spot], poolHealth },
    ...{ workloads: [...parts.workloads, ...more.workloads], pods: [...parts.pods, ...more.pods] },
  });
  return moves.map(({ workload, evidence }) => `${workload.name} from ${String(evidence["node"])}`);
}

describe("the choice of nodes to be emptied", () => {
  const three = ["r1", "r2", "r3"].map((name) => regular(name));

  it("takes of equal nodes the first by name, and the emptier one before it", () => {
    const nodes = [...three, regular("r4")];
    const two = (cpu: number): Running[] => [busy("r1"), busy("r4"), [a, ["r2"], moderate], [size("b", cpu), ["r3"], moderate]]; // prettier-ignore
    assert.deepEqual(emptied(nodes, two(100), { regular: 3 }), ["a from r2"]);
    assert.deepEqual(emptied(nodes, two(90), { regular: 3 }), ["b from r3"]);
    assert.deepEqual(emptied(nodes, two(110), { regular: 3 }), ["a from r2"]);
    assert.deepEqual(emptied(nodes, two(90), { regular: 2 }), ["b from r3", "a from r2"]);
  });

  it("keeps a node to come back to, and counts for that neither empty ones, nor what takes nothing, nor others'", () => {
    const one: Running = [a, ["r1"], moderate];
    const elsewhere = (on: string): Running => [buildWorkload("x", { namespace: "other" }), [on]];
    const minSizes = { regular: 0 };
    const cases: [what: string, nodes: Node[], more: Running[], expected: string[]][] = [
      ["an empty one", [regular("r1"), regular("r2")], [], []],
      ["one that is drained", [regular("r1"), regular("r2", { cordoned: true })], [elsewhere("r2")], []],
      ["a spot node", [regular("r1")], [elsewhere("s1")], []],
      ["a system node", [regular("r1"), buildNode("system", "x")], [elsewhere("x")], []],
      ["one in use", [regular("r1"), regular("r2")], [elsewhere("r2")], ["a from r1"]],
    ];
    for (const [what, nodes, more, expected] of cases)
      assert.deepEqual(emptied(nodes, [one, ...more], minSizes), expected, what);
  });

  it("goes by the minimum of each pool by itself", () => {
    const q1 = regular("q1", { labels: { "kubernetes.azure.com/agentpool": "quick" } });
    const list: Running[] = [[a, ["q1"], moderate], [size("b", 200), ["r1"], moderate], busy("r2")];
    assert.deepEqual(emptied([...three, q1], list, { regular: 0, quick: 1 }), ["b from r1"]);
    assert.deepEqual(emptied([...three, q1], list, { regular: 2, quick: 0 }), ["a from q1"]);
  });

  it("counts an empty node once, a second one by a move of this round once, and a refused one never", () => {
    const four = [...three, regular("r4")];
    const list: Running[] = [busy("r1"), [a, ["r2"], moderate], [b, ["r3"], moderate]];
    assert.deepEqual(emptied(four, list, { regular: 1 }), ["a from r2", "b from r3"]);
    assert.deepEqual(emptied(four, list, { regular: 2 }), ["a from r2"]);
    const nodeSelector = { "kubernetes.io/hostname": "r2" };
    const stuck = buildWorkload("stuck", { template: { nodeSelector, requests: { cpu: 50, memory: 1000 } } });
    const refused: Running[] = [busy("r1"), [stuck, ["r2"], moderate], [b, ["r3"], moderate]];
    assert.deepEqual(emptied(three, refused, { regular: 2 }), ["b from r3"]);
  });

  it("moves what is on several of them once, and then names for the next only what is still there", () => {
    const wide = buildWorkload("wide", { replicas: 2, template: { requests: { cpu: 100, memory: 1000 } } });
    const list: Running[] = [busy("r1"), [wide, ["r2", "r3"], moderate], [b, ["r3"], moderate]];
    assert.deepEqual(emptied(three, list, { regular: 1 }), ["wide from r2", "b from r3"]);
  });

  it("leaves what is requested above the mark, by CPU or memory, and what the autoscaler is told to keep", () => {
    const of = (requests: { cpu: number; memory: number }, changes: Partial<Node> = {}) =>
      emptied([regular("r1"), regular("r2", changes)], [busy("r1"), [buildWorkload("a", { template: { requests } }), ["r2"], moderate]], { regular: 1 }); // prettier-ignore
    assert.deepEqual(of({ cpu: 1000, memory: 1000 }), ["a from r2"], "half of it is not above half");
    assert.deepEqual(of({ cpu: 1001, memory: 1000 }), []);
    assert.deepEqual(of({ cpu: 100, memory: 4 * gibibyte }), ["a from r2"]);
    assert.deepEqual(of({ cpu: 100, memory: 4 * gibibyte + 1 }), []);
    assert.deepEqual(of({ cpu: 100, memory: 1000 }, { scaleDownDisabled: true }), []);
  });

  it("passes over what comes with each node, what keeps room, and what is on its way out; in the order of names", () => {
    const agent = buildWorkload("agent", { kind: "DaemonSet", namespace: "other" });
    const room = buildWorkload("room", { namespace: "other", template: { priority: -10 } });
    const leaving = buildWorkload("leaving", { namespace: "other" });
    const more = (changes: object) => ({
      workloads: [agent, room, leaving],
      pods: [...buildPods(agent, ["r2"]), ...buildPods(room, ["r2"]), ...buildPods(leaving, ["r2"], changes)],
    });
    const list: Running[] = [busy("r1"), [b, ["r2"], moderate], [a, ["r2"], moderate]];
    const nodes = three.slice(0, 2);
    assert.deepEqual(emptied(nodes, list, { regular: 1 }, more({ deletingAt: noon })), ["a from r2", "b from r2"]); // prettier-ignore
    assert.deepEqual(emptied(nodes, list, { regular: 1 }, more({ onEachNode: true })), ["a from r2", "b from r2"]); // prettier-ignore
    assert.deepEqual(emptied(nodes, list, { regular: 1 }, more({})), [], "what stays keeps the node");
  });
});
