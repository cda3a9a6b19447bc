import assert from "node:assert/strict";
import { buildNode, buildPods, buildWorkload, minute, noon } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { emptyState } from "../model.ts";
import { evictionMove } from "./eviction.ts";

describe("an eviction as a move", () => {
  it("is from the first pod's node to the first that has room, for the workload as it was seen", () => {
    const workload = buildWorkload("web", { status: { generation: 4, observedGeneration: 3 } });
    const pods = buildPods(workload, ["n1", "n2"]);
    const nodes = ["n3", "n4"].map((name) => ({ node: buildNode("spot", name) }));
    const eviction = { candidate: { workload }, reason: "HotNode", voluntary: true } as never;
    const about = { message: "it is hot", evidence: { usage: 0.9 } };
    const move = evictionMove(eviction, pods, { nodes, evicted: [], undo: () => undefined } as never, about);
    assert.deepEqual(move, {
      ...{ kind: "Rebalance", uid: "uid-web", generation: 4, source: "n1", destination: "n3" },
      workload: { kind: "Deployment", namespace: "demo", name: "web" },
      evictions: pods.map(({ namespace, name, uid, nodeName }) => ({ namespace, name, uid, nodeName })),
      ...{ nodes: ["n3", "n4"], reason: "HotNode", voluntary: true, ...about },
    });
  });
});

describe("a node whose end was announced", () => {
  const web = buildWorkload("web", { placement: "spot" });
  const announced = (minutesAgo: number | undefined, ready = true) => {
    const state = { ...emptyState, spotLosses: minutesAgo === undefined ? [] : [{ node: "s1", pool: "spot", at: noon - minutesAgo * minute }] }; // prettier-ignore
    const nodes = [
      buildNode("regular", "r1"),
      buildNode("spot", "s1", { ready, conditions: ["VMEventScheduled"] }),
      buildNode("spot", "s2", { labels: { "kubernetes.azure.com/agentpool": "other" } }),
    ];
    const { moves, refusals } = planFor({ nodes, state, ...running([web, ["s1"]]) });
    return moves[0] ? `${moves[0].kind} ${moves[0].reason}` : refusals[0]?.reason;
  };

  it("is left as a whole for a quarter of an hour, and not after that: it might never come", () => {
    assert.equal(announced(undefined), "ToRegular SpotNodeLost");
    assert.equal(announced(14.99), "ToRegular SpotNodeLost");
    assert.equal(announced(15), "WouldReturn");
  });

  it("is left as a whole whenever it has come", () => {
    assert.equal(announced(600, false), "ToRegular SpotNodeLost");
  });
});
