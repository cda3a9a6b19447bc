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
import { planFor } from "../../testing/deciding.ts";
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
