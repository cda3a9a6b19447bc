import assert from "node:assert/strict";
import { type Snapshot, emptyState } from "../model.ts";
import { buildNode, buildPods, buildWorkload, minute, noon } from "../testing/builders.ts";
import { type Running, planFor, running } from "../testing/deciding.ts";

const inPool = (pool: string, ...names: string[]) =>
  names.map((name) => buildNode("spot", name, { labels: { "kubernetes.azure.com/agentpool": pool } }));
const lost = (pool: string, ...nodes: string[]) =>
  nodes.map((node) => ({ node, pool, at: noon - 5 * minute }));
const regular = buildNode("regular", "r1");

const decided = (parts: Partial<Snapshot>, ...list: Running[]) => {
  const { moves, refusals } = planFor({ ...running(...list), ...parts });
  return [
    ...moves.map(({ reason, nodes }) => `${reason} to ${nodes.join()}`),
    ...refusals.map(({ reason, message }) => `${reason}: ${message}`),
  ].join("; ");
};

describe("several spot pools", () => {
  const nodes = [regular, ...inPool("a", "a1", "a2"), ...inPool("b", "b1", "b2")];
  const idle: Running = [buildWorkload("web"), ["r1"]];

  it("are judged each by itself: work goes to the stable one, even where another has more room", () => {
    const busy: Running = [
      buildWorkload("other", {
        ...{ namespace: "other", replicas: 2, placement: "spot" },
        template: { requests: { cpu: 500, memory: 1000 } },
      }),
      ["b1", "b2"],
    ];
    const flapping = { ...emptyState, spotLosses: lost("a", "a3") };
    assert.equal(decided({ nodes, state: flapping }, idle, busy), "Idle to b1");
    assert.equal(decided({ nodes }, idle, busy), "Idle to a1");
  });

  it("hold work back only when each of them is unstable", () => {
    const state = { ...emptyState, spotLosses: [...lost("a", "a3"), ...lost("b", "b3")] };
    assert.equal(
      decided({ nodes, state }, idle),
      "SpotUnstable: 33 % of the spot nodes were lost in the last 20 min, too many in each of 2 pools, next try in 15 min",
    );
  });

  const onSpot = buildWorkload("web", { replicas: 2, placement: "spot" });
  it("lose single pods when one of them goes, and the whole placement when there is no other", () => {
    const closed = nodes.map((node) => (node.name.startsWith("a") ? { ...node, ready: false } : node));
    assert.equal(decided({ nodes: closed }, [onSpot, ["a1", "b1"]]), "SpotNodeLost to b2");
    const alone = closed.filter(({ name }) => !name.startsWith("b"));
    assert.equal(decided({ nodes: alone }, [onSpot, ["a1", "a2"]]), "SpotNodeLost to r1,r1");
  });

  it("have lost nothing lately by nodes that were stopped long ago, and are in the list still (Azure/AKS#4313)", () => {
    const stopped = (minutesAgo: number) => ({ ready: false, readySince: noon - minutesAgo * minute });
    const withStopped = (minutesAgo: number) =>
      decided({ nodes: [...nodes, ...inPool("a", "a8", "a9"), ...inPool("b", "b9")].map((node) => (/[89]/.test(node.name) ? { ...node, ...stopped(minutesAgo) } : node)) }, idle); // prettier-ignore
    assert.equal(withStopped(5 * 1440), "Idle to a1");
    assert.match(withStopped(15), /^SpotUnstable: .*, next try in 5 min$/);
  });

  it("have lost a node that stands there made anew (kubernetes/cloud-provider-gcp#368)", () => {
    const state = (seen: number) => ({
      ...{ ...emptyState, spotNodesByPool: { a: ["a1"] } },
      availability: { at: noon - seen * minute, losses: [], spent: {} },
    });
    const made = nodes.map((node) => (node.name === "a1" ? { ...node, createdAt: noon - 30_000 } : node));
    const losses = (seen: number) => planFor({ nodes: made, state: state(seen) }).state.spotLosses;
    assert.deepEqual([losses(1), losses(0.4)], [[{ node: "a1", pool: "a", at: noon - 30_000 }], []]);
  });

  it("are given nothing on a node that was lost lately and is back, for it may flap (kubernetes/kubernetes#45419)", () => {
    const large = ["a1", ...Array.from({ length: 19 }, (_, i) => `a${i + 2}`)];
    const all = [regular, ...inPool("a", ...large)];
    assert.equal(decided({ nodes: all }, idle), "Idle to a1");
    const back = { ...emptyState, spotLosses: lost("a", "a1") };
    assert.equal(decided({ nodes: all, state: back }, idle), "Idle to a10");
    for (const minutes of [1, 5]) {
      const young = all.map((node) => (node.name === "a1" ? { ...node, createdAt: noon - minutes * minute } : node)); // prettier-ignore
      assert.equal(
        decided({ nodes: young, state: back }, idle),
        "Idle to a1",
        "made anew since, or as its loss was told",
      );
    }
  });

  it("are not judged by what has vanished while nobody looked", () => {
    const seen = (minutesAgo: number) => ({
      ...emptyState,
      spotNodesByPool: { a: ["a3"], b: ["b3"] },
      availability: { at: noon - minutesAgo * minute, losses: [], spent: {} },
    });
    assert.match(decided({ nodes, state: seen(10) }, idle), /^SpotUnstable/);
    assert.equal(decided({ nodes, state: seen(11) }, idle), "Idle to a1");
  });

  it("are unstable in the round that sees the loss, though policy forgets it at once", () => {
    const forgetting = "{ namespaces: { demo: }, pools: { spot: { stableMinutes: 0 } } }";
    const one = [regular, ...inPool("a", "a1", "a2")];
    const state = {
      ...{ ...emptyState, spotNodesByPool: { a: ["a9"] } },
      availability: { at: noon - minute, losses: [], spent: {} },
    };
    const first = planFor({ nodes: one, state, ...running(idle) }, forgetting);
    assert.deepEqual(first.refusals.map(({ reason }) => reason), ["SpotUnstable"]); // prettier-ignore
    const next = planFor({ nodes: one, state: first.state, ...running(idle) }, forgetting, noon + minute);
    assert.deepEqual(next.refusals.map(({ reason }) => reason), ["AvailabilityAtStake"], "which remembers for longer"); // prettier-ignore
  });

  it("have lost a node once, however long it is gone, and use those that keep room, too", () => {
    const state = (known: string[]) => ({
      ...{ ...emptyState, spotNodesByPool: { a: ["a9"] }, spotLosses: lost("a", ...known) },
      availability: { at: noon - minute, losses: [], spent: {} },
    });
    const losses = (known: string[]) => planFor({ nodes, state: state(known) }).state.availability?.losses;
    assert.deepEqual([losses(["a9"]), losses([])], [[], [{ at: noon, share: 1 }]]);
    const keeper = buildWorkload("keeper", { namespace: "placeholder" });
    const labels = { "spot-balancer/placeholder": "true" };
    const pods = buildPods(keeper, ["a1"], { workload: undefined, labels });
    assert.deepEqual(planFor({ nodes, pods }).state.spotNodesByPool, { a: ["a1"] });
  });

  it("are remembered with the nodes in use, so that a node that vanished counts against its own pool", () => {
    const before = planFor({ nodes, ...running([onSpot, ["a1", "b1"]]) });
    assert.deepEqual(before.state.spotNodesByPool, { a: ["a1"], b: ["b1"] });
    const left = nodes.filter(({ name }) => name !== "a1");
    const after = planFor({ nodes: left, state: before.state, ...running([onSpot, ["a2", "b1"]]) });
    assert.deepEqual(after.state.spotLosses, [{ node: "a1", pool: "a", at: noon }]);
    assert.deepEqual(after.moves, []);
  });
});

describe("nodes of which none is ready", () => {
  const silent = { ready: false, readySince: noon - minute };
  const spot = inPool("a", "s1", "s2");
  const losses = (nodes: Snapshot["nodes"]) => planFor({ nodes }).state.spotLosses.length;

  it("are no loss of spot: the control plane hears of nobody (kubernetes/kubernetes#24597)", () => {
    const unheard = spot.map((node) => ({ ...node, ...silent }));
    assert.equal(losses([{ ...regular, ...silent }, ...unheard]), 0);
    assert.equal(losses([regular, ...unheard]), 2, "regular is heard of");
    assert.equal(losses(unheard), 2, "there is nobody else to be heard of");
    const announced = { ...unheard[0]!, conditions: ["VMEventScheduled"] };
    assert.equal(
      losses([{ ...regular, ...silent }, announced]),
      1,
      "what the cloud says is true all the same",
    );
  });
});
