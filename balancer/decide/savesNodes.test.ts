// Whether work on spot saves a regular node, and whether a stray's way back to spot would last.
import assert from "node:assert/strict";
import { type Node, type PoolHealth, type Snapshot, type Workload, workloadKey } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  gibibyte,
  minute,
  noon,
} from "../testing/builders.ts";
import { appIs } from "../testing/refusals/case.ts";
import { savesNodes, wouldStay } from "./savesNodes.ts";
import { buildWorld } from "./world.ts";

const regular = ["r1", "r2"].map((name) => buildNode("regular", name));
const autoscaled: PoolHealth = { pool: "regular", health: "Healthy", backoff: false, minSize: 1 };
const size = (cpu: number, memory = gibibyte / 8) => ({ template: { requests: { cpu, memory } } });
/** Of a namespace that is not ours to move. */
const theirs = (name: string, cpu: number, memory?: number) =>
  buildWorkload(name, { namespace: "other", ...size(cpu, memory) });
type Running = [workload: Workload, on: string[]];

function build(list: Running[], parts: Partial<Snapshot> = {}) {
  const workloads = list.map(([workload]) => workload);
  const pods = list.flatMap(([workload, on]) => buildPods(workload, on));
  const snapshot = buildSnapshot({ nodes: regular, poolHealth: [autoscaled], ...parts, workloads, pods });
  return buildWorld(snapshot, buildPolicy(), noon);
}

describe("a regular node is saved", () => {
  const saves = (list: Running[], wanted: Workload[], parts?: Partial<Snapshot>) =>
    savesNodes(build(list, parts), new Set(wanted.map(workloadKey)));
  const placed = (name: string, cpu: number, memory?: number) =>
    buildWorkload(name, { placement: "spot", ...size(cpu, memory) });

  it("by what is on spot in name only as long as it would not fit on the others, and leaves its node empty", () => {
    const web = placed("web", 300);
    const agent = buildWorkload("agent", { kind: "DaemonSet", namespace: "other", ...size(50) });
    const cases: [what: string, list: Running[], saved: boolean][] = [
      ["it fits, to the last millicore", [[web, ["r2"]], [theirs("a", 1700), ["r1"]]], false],
      ["it does not fit by CPU", [[web, ["r2"]], [theirs("a", 1701), ["r1"]]], true],
      ["it fits, to the last byte", [[placed("web", 300, 2), ["r2"]], [theirs("a", 1, 8 * gibibyte - 2), ["r1"]]], false],
      ["it does not fit by memory", [[placed("web", 300, 3), ["r2"]], [theirs("a", 1, 8 * gibibyte - 2), ["r1"]]], true],
      ["others keep its node", [[web, ["r2"]], [theirs("a", 1701), ["r1"]], [theirs("b", 1), ["r2"]]], false],
      ["what is on every node keeps none", [[web, ["r2"]], [theirs("a", 1601), ["r1"]], [agent, ["r1", "r2"]]], true],
      ["it is half a node's worth: such a node is of use", [[placed("web", 1000), ["r2"]], [theirs("a", 100), ["r1"]]], true],
    ]; // prettier-ignore
    for (const [what, list, saved] of cases) assert.equal(saves(list, []), saved, what);
  });

  it("by what would go there for the first time, though it would fit: it is asked for once", () => {
    const [web, fresh] = [placed("web", 300), buildWorkload("fresh", size(300))];
    const list: Running[] = [[web, ["r2"]], [fresh, ["r2"]], [theirs("a", 100), ["r1"]]]; // prettier-ignore
    assert.equal(saves(list, [web, fresh]), true);
    assert.equal(saves(list, [web]), false);
  });

  it("not where a budget keeps pods on each, but for those that leave", () => {
    const web = placed("web", 1000);
    const budget = { namespace: "demo", name: "b", selector: appIs("web"), desiredHealthy: 1, currentHealthy: 1, disruptionsAllowed: 0 }; // prettier-ignore
    const vault = buildWorkload("vault", { replicas: 2, ...size(100) });
    const held = { ...budget, selector: appIs("vault"), desiredHealthy: 2 };
    const list: Running[] = [[web, ["r2"]], [vault, ["r1", "r2"]]]; // prettier-ignore
    assert.equal(saves([[web, ["r2"]]], [], { disruptionBudgets: [budget] }), true);
    assert.equal(saves(list, [], { disruptionBudgets: [budget] }), true);
    assert.equal(saves(list, [], { disruptionBudgets: [held] }), false);
  });
});

describe("a stray's way back to spot lasts", () => {
  const health: PoolHealth[] = [{ pool: "spot", health: "Healthy", backoff: false, minSize: 1 }, autoscaled];
  const memory = { lastMovedAt: noon - 60 * minute, lastMove: "ToSpot" as const, lastReason: "Idle" as const, recentMoves: [], failedReturns: 1 }; // prettier-ignore
  const spot = (name: string, changes: Partial<Node> = {}) => buildNode("spot", name, changes);
  const stray = (hostPorts: number[] = []) =>
    buildWorkload("web", { placement: "spot", memory, template: { requests: { cpu: 300, memory: 1 }, hostPorts } }); // prettier-ignore
  const stays = (web: Workload, nodes: Node[], list: Running[], destinations: string[]) => {
    const world = build([[web, ["r1"]], ...list], { nodes: [...regular.slice(0, 1), ...nodes], poolHealth: health }); // prettier-ignore
    const [candidate] = world.candidates.filter(({ workload }) => workload.name === "web");
    const views = destinations.map((name) => world.nodeByName.get(name)!);
    return wouldStay(candidate!, views, world);
  };

  it("where a spot node stands anyway, and has room", () => {
    const on = (cpu: number): Running[] => [[theirs("a", cpu), ["s1"]]];
    assert.equal(stays(stray(), [spot("s1"), spot("s2")], on(1700), ["s1"]), true);
    assert.equal(stays(stray(), [spot("s1"), spot("s2")], on(1701), ["s2"]), false, "s2 is of little use");
    assert.equal(stays(stray(), [spot("s1", { cordoned: true }), spot("s2")], on(1000), ["s2"]), false);
    assert.equal(stays(stray(), [], [], []), false, "the only regular node stays, too");
  });

  it("where each spot node that it gets stands, once it was drained alone", () => {
    const list: Running[] = [[theirs("a", 1000), ["s1"]]]; // prettier-ignore
    const nodes = [spot("s1"), spot("s2")];
    assert.equal(stays(stray([8080]), nodes, list, ["s1"]), true);
    assert.equal(stays(stray([8080]), nodes, list, ["s1", "s2"]), false);
    assert.equal(stays(stray([8080]), nodes, list, ["s1", "r1"]), true, "of a split some stay on regular");
  });
});
