// Whether a node on spot would save one on regular.
import assert from "node:assert/strict";
import type { DisruptionBudget } from "../model.ts";
import type { BalancerState } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
} from "../testing/builders.ts";
import { type Running, planFor, running } from "../testing/deciding.ts";
import { appIs, movedTo } from "../testing/refusals/case.ts";
import { didNotStay } from "./strays.ts";
import { buildWorld } from "./world.ts";

const nodes = ["r1", "r2"].map((name) => buildNode("regular", name));
const asks = (parts: Parameters<typeof planFor>[0], ...list: Running[]) =>
  planFor({ ...running(...list), ...parts }).ask!.create.length > 0;

describe("spot is asked for a node", () => {
  const web: Running = [buildWorkload("web"), ["r1"]];
  const kept = buildWorkload("kept", { replicas: 2, labels: { "spot-balancer/tier": "critical" } });
  const budget = (desiredHealthy: number): DisruptionBudget => ({
    ...{ namespace: "demo", name: "kept", selector: appIs("kept"), desiredHealthy },
    ...{ currentHealthy: 2, disruptionsAllowed: 2 - desiredHealthy },
  });

  it("where regular would need one less, and not for the last one", () => {
    assert.equal(asks({ nodes }, web), true);
    assert.equal(asks({ nodes: nodes.slice(0, 1) }, web), false);
    const full = { allocatable: { cpu: 2000, memory: 2 ** 33, pods: 0 } };
    for (const other of [buildNode("regular", "r2", { cordoned: true }), buildNode("spot", "s1", full)])
      assert.equal(asks({ nodes: [nodes[0]!, other] }, web), false, other.name);
  });

  it("not below the least that the autoscaler keeps", () => {
    const health = { pool: "regular", health: "Healthy" as const, backoff: false };
    assert.equal(asks({ nodes, poolHealth: [{ ...health, minSize: 1 }] }, web), true);
    assert.equal(asks({ nodes, poolHealth: [{ ...health, minSize: 2 }] }, web), false);
  });

  it("not where a budget keeps a pod that stays on each node", () => {
    const list: Running[] = [web, [kept, ["r1", "r2"], 0.5]];
    assert.equal(asks({ nodes, disruptionBudgets: [budget(1)] }, ...list), true);
    assert.equal(asks({ nodes, disruptionBudgets: [budget(2)] }, ...list), false);
  });

  it("not where what stays needs them all, be it CPU or memory", () => {
    const staying = (cpu: number, memory: number): Running => {
      const template = { requests: { cpu, memory } };
      return [buildWorkload("o", { namespace: "x", replicas: 2, template }), ["r1", "r2"]];
    };
    assert.equal(asks({ nodes }, web, staying(1000, 2 ** 32)), true);
    assert.equal(asks({ nodes }, web, staying(1001, 2 ** 32)), false);
    assert.equal(asks({ nodes }, web, staying(1000, 2 ** 32 + 1)), false);
    // What is on every node takes of each, and stays though the node goes.
    const requests = { cpu: 200, memory: 2 ** 20 };
    const agent: Running = [buildWorkload("agent", { kind: "DaemonSet", namespace: "x", replicas: 2, template: { requests } }), ["r1", "r2"]]; // prettier-ignore
    assert.equal(asks({ nodes }, web, agent, staying(900, 2 ** 31)), true);
    assert.equal(asks({ nodes }, web, agent, staying(901, 2 ** 31)), false);
  });
});

describe("pods away from spot", () => {
  const many = [nodes[0]!, ...Array.from({ length: 20 }, (_, i) => buildNode("spot", `s${i + 1}`))];
  const moved = (on: string[]) =>
    planFor({ nodes: many, ...running([buildWorkload("web", { replicas: 2, placement: "spot" }), on]) }).moves
      .length;

  it("are none whose node is gone: their controller replaces them (kubernetes/kubernetes#60066)", () => {
    assert.equal(moved(["s1", "gone"]), 0);
    assert.equal(moved(["s1", "r1"]), 1);
  });
});

describe("a move to spot did not last", () => {
  const cooldown = buildPolicy().cooldown.minutes;
  /** Minutes ago: the move, and when the pod on regular was made; `lost`: when spot was lost. */
  function isSo(moved: number, born: number, lost?: number, last: "ToSpot" | "ToRegular" = "ToSpot") {
    const web = buildWorkload("web", { placement: "spot", memory: movedTo(last, moved) });
    const pods = buildPods(web, ["r1"], { createdAt: noon - born * minute });
    const losses = lost === undefined ? [] : [{ at: noon - lost * minute, share: 1 }];
    const availability = { at: noon - minute, spent: {}, losses } as BalancerState["availability"];
    const state = { ...buildSnapshot().state, availability };
    const world = buildWorld(buildSnapshot({ nodes, workloads: [web], pods, state }), buildPolicy(), noon);
    return didNotStay(world.candidates[0]!, world);
  }

  it("where a pod of it is elsewhere that was made soon after, and no loss explains it", () => {
    const soon = 2 * cooldown;
    assert.deepEqual([isSo(500, 499), isSo(500, 500 - soon), isSo(500, 501 - soon)], [true, false, true]);
    assert.deepEqual([isSo(500, 499, 501), isSo(500, 499, 500), isSo(500, 499, 400)], [true, false, false]);
    assert.equal(isSo(500, 499, undefined, "ToRegular"), false);
  });

  it("where one of several is, whatever the others are", () => {
    const web = buildWorkload("web", { placement: "spot", replicas: 2, memory: movedTo("ToSpot", 500) });
    const pods = buildPods(web, ["r1", "r2"]).map((pod, i) => ({
      ...pod,
      createdAt: noon - [499, 1][i]! * minute,
    }));
    const world = buildWorld(buildSnapshot({ nodes, workloads: [web], pods }), buildPolicy(), noon);
    assert.equal(didNotStay(world.candidates[0]!, world), true);
  });
});
