// Which pods a placement evicts beside the template that it changes.
import assert from "node:assert/strict";
import type { DisruptionBudget, Pod, Workload } from "../../model.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildWorkload,
  minute,
  noon,
} from "../../testing/builders.ts";
import { planFor, running } from "../../testing/deciding.ts";
import { appIs, movedTo } from "../../testing/refusals/case.ts";

const regular = buildNode("regular", "r1");
const spot = buildNode("spot", "s1");
const condemned = { ...spot, conditions: ["VMEventScheduled"] };
const replicaSet = (changes: WorkloadChanges = {}) =>
  buildWorkload("web", {
    kind: "ReplicaSet",
    replicas: 2,
    update: { type: "OnDelete", maxSurge: 0 },
    ...changes,
  });
const pod = (of: Workload, name: string, nodeName: string | undefined, changes: Partial<Pod> = {}) =>
  buildPods(of, [nodeName], { name, ...changes })[0]!;
const budget = (disruptionsAllowed: number): DisruptionBudget => ({
  ...{ namespace: "demo", name: "web", selector: appIs("web"), disruptionsAllowed },
  ...{ currentHealthy: 2, desiredHealthy: 2 - disruptionsAllowed },
});
const policy = "{ namespaces: { demo: }, statefulSets: { enabled: true } }";

function evicted(of: Workload, pods: Pod[], parts: object = {}): string {
  const { moves, refusals } = planFor({ nodes: [regular, spot], workloads: [of], pods, ...parts }, policy);
  const [move] = moves;
  return move ? `${move.reason}: ${move.evictions.map(({ name }) => name).join()}` : refusals[0]!.reason;
}

describe("what a placement evicts", () => {
  it("of an ownerless ReplicaSet is its first pod that runs, stays, and is not there yet", () => {
    const web = replicaSet({ replicas: 4 });
    const pods = [
      pod(web, "a", "r1", { deletingAt: noon }),
      pod(web, "b", undefined),
      pod(web, "c", "s1"),
      pod(web, "d", "gone"),
      pod(web, "e", "r1"),
    ];
    assert.equal(evicted(web, pods), "Idle: d");
    assert.equal(evicted(web, pods.filter(({ name }) => name !== "d")), "Idle: e"); // prettier-ignore
  });

  describe("off lost nodes", () => {
    const web = replicaSet({ placement: "spot" });
    const pods = ["a", "b"].map((name) => pod(web, name, "s1"));
    const of = (...disruptionBudgets: DisruptionBudget[]) =>
      evicted(web, [...pods, pod(web, "c", "s1", { deletingAt: noon })], {
        ...{ nodes: [regular, condemned], disruptionBudgets },
      });
    it("are all that may go", () => {
      assert.equal(of(), "SpotNodeLost: a,b");
      assert.equal(of(budget(1)), "SpotNodeLost: a");
      assert.equal(of(budget(0)), "DisruptionBudget");
    });
  });

  it("of a move that is stuck is nothing: what is on spot follows later, one by one", () => {
    const web = replicaSet({ placement: "spot", status: { available: 1 }, memory: movedTo("ToSpot", 15) });
    const fresh = pod(web, "new", "s1", { ready: false, createdAt: noon - 14 * minute });
    assert.equal(evicted(web, [pod(web, "old", "r1"), fresh]), "MoveStuck: ");
  });

  it("of a StatefulSet is what would hold up its way back, and nothing on its way to spot", () => {
    const db = (changes: WorkloadChanges) =>
      buildWorkload("db", { kind: "StatefulSet", replicas: 2, ...changes });
    const pods = (of: Workload) => [pod(of, "db-0", "s1", { ready: false }), pod(of, "db-1", "r1")];
    const there = db({});
    assert.equal(evicted(there, pods(there)), "Idle: ");
    const back = db({
      placement: "spot",
      status: { updated: 1, available: 1 },
      memory: movedTo("ToSpot", 15),
    });
    assert.equal(evicted(back, pods(back)), "MoveStuck: db-0");
  });
});

describe("a placement says", () => {
  const nodes = [regular, spot];
  const memory = { lastMovedAt: noon, recentMoves: [noon], failedReturns: 0 };
  const of = (workload: Workload, on: string, cpu = 0.02, parts: object = {}) =>
    planFor({ nodes, ...running([workload, [on], cpu]), ...parts }).moves[0]!;

  it("whose it is, where from and to, why, and what is to be remembered", () => {
    const web = { ...buildWorkload("web"), uid: "uid-of-web" };
    const { evidence, score, message, ...move } = of(web, "r1");
    assert.deepEqual(move, {
      ...{
        kind: "ToSpot",
        workload: { kind: "Deployment", namespace: "demo", name: "web" },
        uid: "uid-of-web",
      },
      ...{ generation: web.status.generation, source: "regular", destination: "spot", placement: "spot" },
      ...{ evictions: [], nodes: ["s1"], reason: "Idle", voluntary: true },
      memory: { placedAt: noon, ...memory, lastMove: "ToSpot", lastReason: "Idle" },
    });
    assert.ok(score! > 0 && evidence["cpuUtilization"] === 0.02 && message.startsWith("CPU at 2 %"));
  });

  it("that it renews what it is, and whether it had not stayed", () => {
    const web = buildWorkload("web", { placement: "spot", memory: movedTo("ToSpot", 600) });
    const pods = buildPods(web, ["r1"], { createdAt: noon - 599 * minute });
    const usage = running([web, ["r1"], 0.02]).pods[0]!.usage!;
    const again = planFor({ nodes, workloads: [web], pods: pods.map((each) => ({ ...each, usage })) })
      .moves[0]!;
    assert.deepEqual([again.renews, again.source, again.memory?.placedAt], [true, "regular", noon]);
    assert.equal(again.memory?.failedReturns, 1);
    assert.ok(!("growsBy" in again) && !("makesRoom" in again));
  });

  it("by how many nodes regular has to grow for it, and that by itself it saves nothing", () => {
    const poolHealth = [
      { pool: "regular", health: "Healthy" as const, backoff: false, minSize: 1, maxSize: 9 },
    ];
    const busy = (replicas: number) => {
      const web = buildWorkload("web", {
        placement: "spot",
        replicas,
        template: { requests: { cpu: 1500, memory: 1000 } },
      });
      const full = buildWorkload("full", {
        namespace: "x",
        template: { requests: { cpu: 1900, memory: 1000 } },
      });
      const spots = Array.from({ length: replicas }, (_, i) => buildNode("spot", `s${i}`));
      const list = running([web, spots.map(({ name }) => name), 0.9], [full, ["r1"]]);
      return planFor({ nodes: [regular, ...spots], ...list, poolHealth }).moves[0]!;
    };
    const [one, two] = [busy(1), busy(2)];
    assert.deepEqual(
      [one.kind, one.source, one.destination, one.growsBy, two.growsBy],
      ["ToRegular", "spot", "regular", 1, 2],
    );
    assert.match(one.message, /; regular has to grow by 1 node$/);
    assert.match(two.message, /; regular has to grow by 2 nodes$/);
    assert.ok(!("score" in one));
  });
});
