import assert from "node:assert/strict";
import type { Pod } from "../model.ts";
import { buildNode, buildPods, buildPolicy, buildSnapshot, buildWorkload, minute, noon, type WorkloadChanges } from "../testing/builders.ts"; // prettier-ignore
import { movedTo } from "../testing/refusals/case.ts";
import { isReplacedByEviction, isSettled, replacesNoPod, unavailableAtOnce } from "./replacement.ts";
import { brokenPods, cameBack, leftBroken, stalePods } from "./stalePods.ts";
import { buildWorld } from "./world.ts";

describe("how pods are replaced", () => {
  const cases: [what: string, changes: WorkloadChanges, byEviction: boolean, none: boolean, atOnce: number][] = [
    ["a Deployment", {}, false, false, 0],
    ["one that lets three go", { update: { maxUnavailable: 3 } }, false, false, 3],
    ["a paused one", { paused: true }, false, true, 0],
    ["a StatefulSet", { kind: "StatefulSet" }, false, false, 1],
    ["one that lets two go", { kind: "StatefulSet", update: { maxUnavailable: 2 } }, false, false, 2],
    ["one whose pods somebody deletes", { kind: "StatefulSet", update: { type: "OnDelete" } }, false, true, 1],
    ["a ReplicaSet", { kind: "ReplicaSet" }, true, false, 1],
    ["one whose pods nobody deletes", { kind: "ReplicaSet", update: { type: "OnDelete" } }, true, false, 1],
  ]; // prettier-ignore
  for (const [what, changes, byEviction, none, atOnce] of cases)
    it(`of ${what}`, () => {
      const workload = buildWorkload("web", changes);
      assert.deepEqual(
        [isReplacedByEviction(workload), replacesNoPod(workload), unavailableAtOnce(workload)],
        [byEviction, none, atOnce],
      );
    });
});

describe("a rollout is under way", () => {
  const cases: [what: string, status: WorkloadChanges["status"], settled: boolean][] = [
    ["not", {}, true],
    ["not: its controller is ahead", { generation: 3, observedGeneration: 4 }, true],
    ["while its controller has not seen it", { generation: 4, observedGeneration: 3 }, false],
    ["while old pods are there", { updated: 1 }, false],
    ["while pods are missing", { available: 1 }, false],
    ["while there are too many", { replicas: 3, available: 3 }, false],
  ];
  for (const [what, status, settled] of cases)
    it(what, () => assert.equal(isSettled(buildWorkload("web", { replicas: 2, status })), settled));
});

describe("pods that a changed template leaves behind", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
  const before = { createdAt: noon - 99 * minute };
  /** Names of what is stale, broken, and left broken; it was moved ten minutes ago. */
  function left(changes: WorkloadChanges, on: string | undefined, pod: Partial<Pod> = {}) {
    const workload = buildWorkload("web", { memory: movedTo("ToSpot", 10), placement: "spot", ...changes });
    const pods = buildPods(workload, [on], { ...before, ready: true, ...pod });
    const world = buildWorld(buildSnapshot({ nodes, workloads: [workload], pods }), buildPolicy(), noon);
    const candidate = world.candidates[0]!;
    return [stalePods(candidate, world), brokenPods(candidate, world), leftBroken(candidate, world)].map(({ length }) => length); // prettier-ignore
  }
  const bare = { kind: "ReplicaSet" } as const;
  const back = { placement: "regular", memory: movedTo("ToRegular", 10) } as const;
  const set = { kind: "StatefulSet", ...back } as const;
  const broken = { ready: false };
  const cases: [what: string, found: number[], expected: number[]][] = [
    ["a ReplicaSet's on the other side", left(bare, "r1"), [1, 0, 0]],
    ["a ReplicaSet's on the other side, come back", left({ ...bare, ...back }, "s1"), [1, 0, 0]],
    ["a ReplicaSet's on a node that is gone, placed on spot", left(bare, "gone"), [1, 0, 0]],
    ["none that are where they should be", left(bare, "s1"), [0, 0, 0]],
    ["none that wait", left(bare, undefined), [0, 0, 0]],
    ["none that go", left(bare, "r1", { deletingAt: noon }), [0, 0, 0]],
    ["none that were made since", left(bare, "r1", { createdAt: noon - 10 * minute }), [0, 0, 0]],
    ["none where nothing was moved", left({ ...bare, memory: undefined }, "r1"), [0, 0, 0]],
    ["none of a Deployment", left({}, "r1"), [0, 0, 0]],
    ["a StatefulSet's that never got ready on spot", left(set, "s1", broken), [0, 1, 1]],
    ["which are none where they are ready", left(set, "s1"), [0, 0, 0]],
    ["nor on regular", left(set, "r1", broken), [0, 0, 0]],
    ["nor where somebody holds it back", left({ ...set, paused: true }, "s1", broken), [0, 0, 0]],
    ["nor of others", left(back, "s1", broken), [0, 0, 0]],
    ["made since it came back: not by its move", left(set, "s1", { ...broken, createdAt: noon - 10 * minute }), [0, 1, 0]],
    ["placed on spot: not by coming back", left({ kind: "StatefulSet" }, "s1", broken), [0, 1, 0]],
    ["our last word was another", left({ ...set, memory: movedTo("ToSpot", 10) }, "s1", broken), [0, 1, 0]],
  ]; // prettier-ignore
  for (const [what, found, expected] of cases) it(`are ${what}`, () => assert.deepEqual(found, expected));

  it("tell that it came back only where that was our last word", () => {
    const came = [back, { ...back, placement: "spot" as const }, { ...back, memory: movedTo("ToSpot", 1) }, { ...back, memory: undefined }]; // prettier-ignore
    assert.deepEqual(came.map((changes) => cameBack(buildWorkload("web", changes))), [true, false, false, false]); // prettier-ignore
  });
});
