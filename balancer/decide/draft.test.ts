import assert from "node:assert/strict";
import { buildNode, buildPolicy, buildWorkload, noon } from "../testing/builders.ts";
import { type Running, planFor, running } from "../testing/deciding.ts";
import type { Snapshot, Workload } from "../model.ts";
import { requestedAfter } from "../testing/judge.ts";
import { movedTo } from "../testing/refusals/case.ts";
import { buildSnapshot } from "../testing/builders.ts";
import { fillAfter } from "./draft/waterMark.ts";
import { Draft } from "./draft.ts";
import type { Eviction } from "./eviction.ts";
import type { Intent } from "./intent.ts";
import { Utilization } from "./utilization.ts";
import { buildWorld } from "./world.ts";

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

  it("count what each move takes of a quota (kubernetes/kubernetes#89209)", () => {
    const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
    const reasons = (pods: number, left = {}) => {
      const list = ["a", "b", "c"].map((name): Running => [buildWorkload(name), ["r1"]]);
      const quotas = [{ namespace: "demo", name: "q", left: { pods, ...left } }];
      const { moves, refusals } = planFor({ nodes, quotas, ...running(...list) });
      return `${moves.length} ${[...new Set(refusals.map(({ reason }) => reason))].join()}`;
    };
    assert.deepEqual([reasons(0), reasons(2), reasons(3)], ["0 QuotaReached", "2 QuotaReached", "3 "]);
    assert.equal(reasons(9, { cpu: 100 }), "1 QuotaReached");
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

  it("give back the room of moves that were planned together, and of which one finds none", () => {
    // r1 is emptier, and its 400 and 700 are too much for the 1000 that s1 has left; r2's 900 are not.
    const large = { allocatable: { cpu: 4000, memory: 2 ** 33, pods: 30 } };
    const sized = (cpu: number) => ({ template: { requests: { cpu, memory: 1000 } } });
    const more = (name: string, cpu: number, kind = "Deployment") =>
      buildWorkload(name, { kind, namespace: "x", ...sized(cpu) });
    const nodes = [
      ...["r1", "r2", "r3"].map((name) => buildNode("regular", name, large)),
      buildNode("spot", "s1"),
      // Keeps spot as a whole below its mark, and takes no pod.
      buildNode("spot", "s2", { allocatable: { ...large.allocatable, pods: 0 } }),
    ];
    const list = running(
      [buildWorkload("a", sized(400)), ["r1"], 0.2],
      [buildWorkload("b", sized(700)), ["r1"], 0.2],
      [buildWorkload("c", sized(900)), ["r2"], 0.2],
      [more("agent", 300, "DaemonSet"), ["r2"]],
      [more("kept", 3000), ["r3"]],
      [more("full", 1000), ["s1"]],
    );
    const poolHealth = [{ pool: "regular", health: "Healthy" as const, backoff: false, minSize: 1 }];
    const { moves } = planFor({ nodes, ...list, poolHealth });
    assert.deepEqual(moves.map(({ workload, reason }) => [workload.name, reason]), [["c", "EmptyingNode"]]); // prettier-ignore
  });

  it("want room for a pod more where an old one sits on the destination: its rollout begins with a new one", () => {
    const web = sized("web", 100, 2);
    const of = (pods: number) => {
      const r1 = buildNode("regular", "r1", { allocatable: { cpu: 2000, memory: 2 ** 33, pods } });
      const plan = planFor({ nodes: [r1, buildNode("spot", "s1")], ...running([web, ["r1", "s1"], 0.9]) });
      return [...plan.moves, ...plan.refusals][0]?.reason;
    };
    assert.deepEqual([of(3), of(2)], ["Busy", "NoCapacityOnRegular"]);
  });

  it("count what stands on the destination already as there", () => {
    const said = (filled: number, changes: Partial<Workload> = {}, cpu = 0.9) => {
      const others = buildWorkload("others", { namespace: "x", template: { requests: { cpu: filled, memory: 1 } } });
      const web = { ...sized("web", 500, 2), ...changes };
      const nodes = [buildNode("regular", "r1", { allocatable: { cpu: 4000, memory: 2 ** 33, pods: 9 } }), buildNode("spot", "s1")];
      const plan = planFor({ nodes, ...running([web, ["r1", "s1"], cpu], [others, ["r1"]]) });
      return [...plan.moves, ...plan.refusals][0]?.reason;
    }; // prettier-ignore
    // Beside the 500 of its own that are there 500 more come, to 85 % of 4000.
    assert.deepEqual([said(2400), said(2405)], ["Busy", "AboveWaterMark"]);
    // What pressure has sent away, and is not allowed there any more, comes back up to the high mark.
    const sent = { memory: { ...movedTo("ToSpot", 300), lastReason: "RegularPressure" as const } };
    const critical = { labels: { "spot-balancer/tier": "critical" } };
    assert.deepEqual([said(2400, sent), said(2400, { ...sent, ...critical }, 0.02)], ["AboveWaterMark", "NoLongerAllowed"]); // prettier-ignore
    // Nor does it make room there that fewer are to be there than are.
    const nodes = [buildNode("regular", "r1")];
    const snapshot = buildSnapshot({ nodes, ...running([sized("web", 500, 2), ["r1", "r1"]]) });
    const world = buildWorld(snapshot, buildPolicy(), noon);
    assert.equal(fillAfter(world.candidates[0]!, "regular", 1, new Utilization(world), world), 0.5);
  });
});

describe("a draft", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
  const places = (pods: number) =>
    buildNode("spot", "s1", { allocatable: { cpu: 2000, memory: 2 ** 33, pods } });
  const draftOf = (list: Running[], parts: Partial<Snapshot> = {}) => {
    const world = buildWorld(buildSnapshot({ nodes, ...running(...list), ...parts }), buildPolicy(), noon);
    const draft = new Draft(world, []);
    const candidate = (name: string) => world.candidates.find(({ workload }) => workload.name === name)!;
    const intent = (name: string, reason: Intent["reason"] = "Idle"): Intent =>
      ({ candidate: candidate(name), kind: "ToSpot", reason, voluntary: true, message: "m", evidence: {} }); // prettier-ignore
    const planned = () => draft.moves.map(({ workload }) => workload.name).join();
    return { draft, candidate, intent, planned };
  };
  const three = ["a", "b", "c"].map((name): Running => [buildWorkload(name), ["r1"]]);

  it("takes back the moves planned last, and no others, and plans what is kept of them", () => {
    const { draft, intent, planned } = draftOf(three);
    const [a, b, c] = ["a", "b", "c"].map((name) => intent(name)) as [Intent, Intent, Intent];
    for (const each of [a, b, c]) assert.equal(draft.propose(each), undefined);
    draft.keepOnly([c], [b, c]);
    assert.equal(planned(), "a,c");
    assert.equal(draft.books.utilization.requestedOn("spot").cpu, 200);
  });

  it("plans all of several or none, and leaves their room to others", () => {
    const { draft, intent, planned } = draftOf(three, { nodes: [nodes[0]!, places(2)] });
    const [a, b, c] = ["a", "b", "c"].map((name) => intent(name)) as [Intent, Intent, Intent];
    assert.equal(draft.proposeAll([a, b, c]), false);
    assert.equal(
      draft.proposeAll([a, b], () => false),
      false,
    );
    assert.equal(planned(), "");
    assert.equal(draft.proposeAll([b, c]), true);
    assert.deepEqual(
      [planned(), draft.plannedKeys("ToSpot").length, draft.plannedKeys("ToRegular")],
      ["b,c", 2, []],
    );
  });

  it("leaves the room of a way back that would not last to others, and says why it would not", () => {
    const stray = buildWorkload("stray", { placement: "spot" });
    const health = { health: "Healthy" as const, backoff: false, minSize: 0 };
    const poolHealth = [{ pool: "spot", ...health }];
    const { draft, intent } = draftOf([[stray, ["r1"]], three[0]!], {
      nodes: [nodes[0]!, places(1)],
      poolHealth,
    });
    assert.deepEqual(draft.propose(intent("stray", "BackToSpot")), {
      reason: "NotOnSpot",
      message: "m; no regular node would go for it, and its spot node would be drained for little use",
    });
    assert.equal(draft.propose(intent("a")), undefined);
  });

  it("evicts nothing that is no improvement, and asks budgets for one pod at least", () => {
    const [r1, r2] = [nodes[0]!, buildNode("regular", "r2")];
    const selector = [{ key: "app", operator: "In" as const, values: ["a"] }];
    const budget = {
      namespace: "demo",
      name: "b",
      selector,
      disruptionsAllowed: 0,
      currentHealthy: 2,
      desiredHealthy: 2,
    };
    const of = (parts: Partial<Snapshot>, describe: Eviction["describe"]) => {
      const { draft, candidate, planned } = draftOf([[buildWorkload("a", { replicas: 2 }), ["r1", "r1"]]], {
        nodes: [r1, r2],
        ...parts,
      });
      const eviction = {
        candidate: candidate("a"),
        pods: candidate("a").pods,
        sides: ["regular" as const],
        reason: "HotNode" as const,
        voluntary: true,
        describe,
      };
      const objection = draft.evict(eviction);
      return { draft, objection, planned: planned() };
    };
    const told = { message: "m", evidence: {} };
    const none = of({}, () => undefined);
    assert.deepEqual(
      [none.objection, none.planned],
      [{ reason: "WouldReturn", message: "no other node is clearly better" }, ""],
    );
    assert.equal(
      of({ disruptionBudgets: [budget] }, () => told).objection?.message,
      "it may take down 1 pods at once, disruption budget b allows 0",
    );
    const { draft, objection } = of(
      { disruptionBudgets: [{ ...budget, disruptionsAllowed: 1 }] },
      () => told,
    );
    const [move] = draft.moves;
    assert.deepEqual(
      [objection, move?.kind, move?.source, move?.destination, move?.evictions.length, move?.nodes.length],
      [undefined, "Rebalance", "r1", move?.nodes[0], 1, 1],
    );
    assert.ok(move && !("makesRoom" in move));
  });

  it("says which placeholders an eviction needs gone", () => {
    const web = buildWorkload("web", { placement: "spot" });
    const full = {
      ...places(1),
      name: "s2",
      labels: { ...places(1).labels, "kubernetes.io/hostname": "s2" },
    };
    const there = running([web, ["s1"]]);
    const placeholder = {
      ...there.pods[0]!,
      namespace: "placeholder",
      name: "p",
      uid: "p",
      workload: undefined,
      nodeName: "s2",
      labels: { "spot-balancer/placeholder": "true" },
    };
    const { draft, candidate } = draftOf([], {
      ...there,
      nodes: [nodes[0]!, buildNode("spot", "s1", { ready: false }), full],
      pods: [...there.pods, placeholder],
    });
    const eviction: Eviction = {
      candidate: candidate("web"),
      pods: candidate("web").pods,
      sides: ["spot"],
      reason: "SpotNodeLost",
      voluntary: false,
      describe: () => ({ message: "m", evidence: {} }),
    };
    assert.equal(draft.evict(eviction), undefined);
    assert.deepEqual(
      draft.moves[0]?.makesRoom?.map(({ name }) => name),
      ["p"],
    );
  });
});
