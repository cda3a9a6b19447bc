import assert from "node:assert/strict";
import { buildNode, buildPolicy, buildWorkload, noon } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { requestedAfter } from "../testing/judge.ts";
import { buildSnapshot } from "../testing/builders.ts";

const sized = (name: string, cpu: number, replicas = 1) =>
  buildWorkload(name, { placement: "spot", replicas, template: { requests: { cpu, memory: 1000 } } });

describe("the books of a round", () => {
  it("count what is evicted too: what comes back after a rescue does not lift regular above its mark", () => {
    // s1 is closed; with its pod 900 of r1's 2000 millicores are taken. 1000 more would be 95 %, and the mark is at 85 %.
    const s2 = buildNode("spot", "s2", { allocatable: { cpu: 1000, memory: 2 ** 30, pods: 5 } });
    const snapshot = buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("spot", "s1", { ready: false }), s2],
      ...running([sized("rescued", 450, 2), ["s1", "r1"]], [sized("busy", 1000), ["s2"], 0.9]),
    });
    const policy = "{ namespaces: { demo: }, pools: { spot: { toleratedLossShare: 1 } } }";
    const plan = planFor(snapshot, policy);
    assert.deepEqual(
      plan.moves.map(({ workload, reason, destination }) => [workload.name, reason, destination]),
      [["rescued", "SpotNodeLost", "r1"]],
    );
    assert.deepEqual(
      plan.refusals.map(({ workload, reason }) => [workload.name, reason]),
      [["busy", "AboveWaterMark"]],
    );
    assert.ok(requestedAfter(snapshot, plan, buildPolicy(policy), "regular") <= 0.85);
    // Alone it does come back.
    const alone = { ...snapshot, ...running([sized("busy", 1000), ["s2"], 0.9]) };
    assert.deepEqual(planFor(alone, policy, noon).moves.map(({ reason }) => reason), ["Busy"]); // prettier-ignore
  });

  it("count no lost node: neither its room, nor what leaves it", () => {
    const busy = sized("busy", 300);
    const others = buildWorkload("others", {
      namespace: "x",
      template: { requests: { cpu: 1500, memory: 1 } },
    });
    const reasonWith = (r2: { cordoned?: boolean }) => {
      const nodes = [buildNode("regular", "r1"), buildNode("regular", "r2", r2), buildNode("spot", "s1")];
      const { moves, refusals } = planFor({ nodes, ...running([busy, ["s1"], 0.9], [others, ["r1"]]) });
      return [...moves, ...refusals][0]?.reason;
    };
    assert.equal(reasonWith({}), "Busy");
    assert.equal(reasonWith({ cordoned: true }), "AboveWaterMark");

    // 1000 of a lost spot node come to the other one, and nothing leaves that: 950 more would be 98 % of it.
    const second = { ready: false, labels: { "kubernetes.azure.com/agentpool": "second" } };
    const idle = buildWorkload("idle", { template: { requests: { cpu: 950, memory: 1000 } } });
    const plan = planFor({
      nodes: [buildNode("regular", "r1"), buildNode("spot", "s1", second), buildNode("spot", "s2")],
      ...running([sized("rescued", 500, 2), ["s1", "s1"]], [idle, ["r1"]]),
    });
    assert.deepEqual(plan.moves.map(({ workload, destination }) => [workload.name, destination]), [["rescued", "s2"]]); // prettier-ignore
    assert.deepEqual(plan.refusals.map(({ reason }) => reason), ["AboveWaterMark"]); // prettier-ignore
  });
});
