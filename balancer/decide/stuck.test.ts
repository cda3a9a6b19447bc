import assert from "node:assert/strict";
import type { Pod } from "../model.ts";
import { buildNode, buildPods, buildWorkload, gibibyte, minute, noon, withCpu } from "../testing/builders.ts";
import { planFor } from "../testing/deciding.ts";
import { movedTo } from "../testing/refusals/case.ts";

/** `web` was sent to spot so long ago; its two old pods still run on regular, the new one is on spot. */
function decisionAfter(
  minutes: number,
  newPod: Partial<Pod> | undefined,
  { deadlineMinutes = 10, nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")] } = {},
): string {
  const web = buildWorkload("web", {
    ...{ placement: "spot", replicas: 2, memory: movedTo("ToSpot", minutes) },
    progressDeadline: deadlineMinutes * minute,
    status: { updated: 1, replicas: 3, available: 2 },
  });
  const pods = [
    ...withCpu(buildPods(web, ["r1", "r1"]), 0.02),
    ...(newPod ? buildPods(web, ["s1"], { createdAt: noon - minutes * minute, ...newPod }) : []),
  ].map((pod, i) => ({ ...pod, name: `web-${i}` }));
  const { moves, refusals } = planFor({ nodes, workloads: [web], pods });
  return moves[0] ? `${moves[0].kind} ${moves[0].reason}: ${moves[0].message}` : refusals[0]!.reason;
}

describe("a move to spot that does not come to an end", () => {
  it("is taken back when no new pod gets ready, or none can even be made", () => {
    assert.equal(
      decisionAfter(10, { ready: false }),
      "ToRegular MoveStuck: 10 min after it was moved, none of its 1 new pods has become ready",
    );
    assert.match(decisionAfter(12, undefined), /^ToRegular MoveStuck: 12 min .* none of its 0 new pods/);
  });

  it("is taken back to a full regular node: its old pods are there already", () => {
    const allocatable = { cpu: 200, memory: gibibyte, pods: 2 };
    const nodes = [buildNode("regular", "r1", { allocatable }), buildNode("spot", "s1")];
    assert.match(decisionAfter(10, { ready: false }, { nodes }), /^ToRegular MoveStuck/);
  });

  it("is given time, and left alone once a new pod serves", () => {
    assert.equal(decisionAfter(9, { ready: false }), "RolloutInProgress");
    assert.equal(decisionAfter(29, { ready: false }, { deadlineMinutes: 30 }), "RolloutInProgress");
    assert.equal(decisionAfter(60, { ready: true }), "RolloutInProgress");
  });

  it("is given our own time where the deadline is none", () => {
    const never = 2147483647 / 60;
    assert.equal(decisionAfter(9, { ready: false }, { deadlineMinutes: never }), "RolloutInProgress");
    assert.match(decisionAfter(10, { ready: false }, { deadlineMinutes: never }), /^ToRegular MoveStuck/);
  });

  it("is given our own time, too, where the deadline is more than a day off", () => {
    const after = (deadlineMinutes: number) => decisionAfter(11, { ready: false }, { deadlineMinutes });
    assert.equal(after(24 * 60), "RolloutInProgress");
    assert.match(after(24 * 60 + 1), /^ToRegular MoveStuck/);
  });

  it("is taken back when a pod waits for a minute, where a split keeps it waiting", () => {
    const topologyKey = "kubernetes.azure.com/priority";
    const split = buildWorkload("web", {
      ...{ placement: "spot", replicas: 2, status: { available: 1 } },
      template: { topologySpread: [{ topologyKey, maxSkew: 1, selector: [] }] },
    });
    const said = (waits: number) => {
      const waiting = buildPods(split, [undefined], { name: "web-9", unschedulableSince: noon - waits });
      const pods = [...withCpu(buildPods(split, ["s1"]), 0.02), ...waiting];
      const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
      const { moves, refusals } = planFor({ nodes, workloads: [split], pods });
      return [...moves, ...refusals][0]?.reason;
    };
    assert.deepEqual([said(minute), said(minute - 1)], ["SplitStuck", "UnschedulablePods"]);
  });

  it("has ended once the old pods are gone: what fails later has other reasons", () => {
    const memory = movedTo("ToSpot", 600);
    const web = buildWorkload("web", { placement: "spot", memory, status: { available: 0 } });
    const [pod] = withCpu(buildPods(web, ["s1"], { ready: false, createdAt: noon - 500 * minute }), 0.02);
    const { moves, refusals } = planFor({ nodes: [buildNode("spot", "s1")], workloads: [web], pods: [pod!] });
    assert.deepEqual([moves, refusals[0]?.reason], [[], "RolloutInProgress"]);
  });

  it("goes to spot less often each time: the return counts as failed", () => {
    const web = buildWorkload("web", {
      ...{ placement: "spot", memory: movedTo("ToSpot", 10) },
      status: { updated: 0, replicas: 2 },
    });
    const pods = withCpu(buildPods(web, ["r1"]), 0.02);
    const [move] = planFor({
      nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
      workloads: [web],
      pods,
    }).moves;
    assert.deepEqual([move?.reason, move?.memory?.failedReturns], ["MoveStuck", 1]);
  });
});
