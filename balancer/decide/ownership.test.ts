import assert from "node:assert/strict";
import type { Plan } from "../model.ts";
import { type WorkloadChanges, buildNode, buildWorkload } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { movedTo } from "../testing/refusals/case.ts";

const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];

function planOf(changes: WorkloadChanges, cpu: number, on = "s1"): Plan {
  const web = buildWorkload("web", { placement: "spot", memory: movedTo("ToSpot", 600), ...changes });
  return planFor({ nodes, ...running([web, [on], cpu]) });
}
const said = ({ moves, refusals }: Plan) => [
  ...moves.map(({ kind, reason }) => `${kind} ${reason}`),
  ...refusals.map(({ reason, message }) => `${reason}: ${message}`),
];

describe("a placement that is not ours alone", () => {
  const half = { placementOwner: "vpa", placementField: "affinity.nodeAffinity" };
  const told = ["ForeignOwner: field manager vpa owns its affinity.nodeAffinity"];

  it("is taken back as any other: when it is busy, or its node is lost", () => {
    assert.deepEqual(said(planOf(half, 0.9)), ["ToRegular Busy"]);
    const lost = [nodes[0]!, buildNode("spot", "s1", { conditions: ["VMEventScheduled"] })];
    const web = buildWorkload("web", { placement: "spot", ...half });
    assert.deepEqual(said(planFor({ nodes: lost, ...running([web, ["s1"]]) })), ["ToRegular SpotNodeLost"]);
  });

  it("is told, and not written anew", () => {
    assert.deepEqual(said(planOf(half, 0.02)), told);
    assert.deepEqual(said(planOf(half, 0.02, "r1")), told);
  });

  it("that others have merely taken along is in nobody's way", () => {
    const carried = { carriedBy: "kubectl-rollout" };
    assert.deepEqual(said(planOf(carried, 0.9)), ["ToRegular Busy"]);
    assert.match(said(planOf(carried, 0.02))[0]!, /^StaysOnSpot/);
    assert.deepEqual(said(planOf(carried, 0.02, "r1")), ["ToSpot BackToSpot"]);
  });
});

describe("a manifest that says explicitly that there are no tolerations", () => {
  it("is told before the first move, with its field and what to do", () => {
    const empty = { placementOwner: "its last applied configuration", placementField: "tolerations: []" };
    const [refusal] = planOf({ placement: "regular", memory: undefined, ...empty }, 0.02, "r1").refusals;
    assert.equal(refusal?.reason, "ForeignOwner");
    assert.match(refusal.message, /says tolerations: \[\], .* leave the field out of its manifest/);
    assert.equal(refusal.evidence["field"], "tolerations: []");
  });
});
