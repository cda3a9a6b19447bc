import assert from "node:assert/strict";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
} from "../testing/builders.ts";
import type { Pod, Workload } from "../model.ts";
import { planFor, running } from "../testing/deciding.ts";
import { misfits } from "../testing/judge.ts";
import { openBooks } from "./books.ts";
import type { Reservations } from "./reserve.ts";
import { buildWorld } from "./world.ts";

const zone = "topology.kubernetes.io/zone";
const inZone = (priority: "regular" | "spot", name: string, of: string) =>
  buildNode(priority, name, { labels: { [zone]: of } });

describe("room for pods that are on their way", () => {
  /** It went to spot so long ago that its move counts as stuck; not all of its pods need exist. */
  function stuck(topologyKey: string, replicas: number, status: Partial<Workload["status"]>) {
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    return buildWorkload("web", {
      ...{ placement: "spot", replicas },
      status,
      memory: {
        ...{ lastMovedAt: noon - 500 * minute, lastMove: "ToSpot", lastReason: "Idle" },
        ...{ recentMoves: [], failedReturns: 0 },
      },
      template: { topologySpread: [{ topologyKey, maxSkew: 1, selector }] },
    });
  }

  it("is kept on regular for what comes back: nothing else is planned there until it has arrived", () => {
    const sized = (cpu: number) => ({ template: { requests: { cpu, memory: 1000 } } });
    const memory = (minutesAgo: number) => ({
      ...{ lastMovedAt: noon - minutesAgo * minute, lastMove: "ToRegular" as const },
      ...{ lastReason: "Busy" as const, recentMoves: [], failedReturns: 0 },
    });
    const returning = (updated: number) =>
      buildWorkload("returning", { ...sized(1000), status: { updated }, memory: memory(1) });
    const busy = buildWorkload("busy", { ...sized(900), placement: "spot" });
    const [regular, ...spot] = [buildNode("regular", "r1"), buildNode("spot", "s1"), buildNode("spot", "s2")];
    const said = (updated: number, on: string) => {
      const { moves, refusals } = planFor({
        nodes: [regular, ...spot],
        ...running([returning(updated), [on], 0.5], [busy, ["s2"], 0.9]),
      });
      return [...moves, ...refusals].find(({ workload }) => workload.name === "busy")?.reason;
    };
    // 1000 + 900 of 2000 are above the mark of 85 %, whether those 1000 are there already or on their way.
    assert.equal(said(1, "r1"), "AboveWaterMark");
    assert.equal(said(0, "s1"), "AboveWaterMark");
    // With its rollout at an end it is where it is.
    assert.equal(said(1, "s1"), "Busy");
  });

  describe("is kept on regular", () => {
    const sized = (cpu: number) => ({ template: { requests: { cpu, memory: 1000 } } });
    const memory = (lastMove: "ToSpot" | "ToRegular", lastReason: "Busy" | "Idle" | "MoveStuck") => ({ lastMovedAt: noon - minute, lastMove, lastReason, recentMoves: [], failedReturns: 0 }); // prettier-ignore
    /** What becomes of 900 that are busy on spot, where regular has 2000 and fills up to 1700. */
    const saidBeside = (other: Workload, pods: Pod[]) => {
      const there = running([buildWorkload("busy", { ...sized(900), placement: "spot" }), ["s2"], 0.9]);
      const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1"), buildNode("spot", "s2")];
      const plan = planFor({ nodes, workloads: [...there.workloads, other], pods: [...there.pods, ...pods] });
      return [...plan.moves, ...plan.refusals].find(({ workload }) => workload.name === "busy")?.reason;
    };

    it("what a split leaves there, though spot has room", () => {
      const selector = [{ key: "app", operator: "In" as const, values: ["split"] }];
      const split = buildWorkload("split", {
        ...{ placement: "spot", replicas: 2, status: { updated: 1 }, memory: memory("ToSpot", "Idle") },
        template: {
          ...sized(1000).template,
          topologySpread: [{ topologyKey: "kubernetes.azure.com/priority", maxSkew: 1, selector }],
        },
      });
      assert.equal(saidBeside(split, buildPods(split, ["s1"])), "AboveWaterMark");
    });

    const cases: [what: string, isKept: boolean, changes?: WorkloadChanges, created?: number][] = [
      ["one pod more while old ones stand there, which go only when a new one is ready", true],
      ["none more beside pods that are new", false, {}, noon],
      ["none more for a StatefulSet, whose old pods go first", false, { kind: "StatefulSet" }],
      ["none more after a move that got stuck: its old pods are of the template that it has again", false, { memory: memory("ToRegular", "MoveStuck") }],
    ]; // prettier-ignore
    for (const [what, isKept, changes, createdAt] of cases)
      it(what, () => {
        const back = buildWorkload("back", { ...sized(400), replicas: 2, status: { updated: 1 }, memory: memory("ToRegular", "Busy"), ...changes }); // prettier-ignore
        const pods = buildPods(back, ["r1", "r1"], createdAt === undefined ? {} : { createdAt });
        assert.equal(saidBeside(back, pods), isKept ? "AboveWaterMark" : "Busy");
      });
  });

  describe("is kept on spot, of which 1300 and 700 would be too much,", () => {
    const lastMovedAt = noon - 2 * minute;
    const memory = (lastMove: "ToSpot" | "Rebalance") => ({ lastMovedAt, lastMove, lastReason: "Idle" as const, recentMoves: [], failedReturns: 0 }); // prettier-ignore
    const cases: [what: string, isKept: boolean, other: WorkloadChanges, on: string | undefined, pod?: Partial<Pod>][] = [
      ["for a pod that waits for a node", true, { placement: "spot" }, undefined],
      ["not for one that waits for something else", false, { placement: "spot" }, undefined, { needsNoRoom: true }],
      ["not for one that is on its way out", false, { placement: "spot" }, undefined, { deletingAt: noon }],
      ["not for one that only keeps room", false, { placement: "spot", template: { priority: -10 } }, undefined],
      ["not for one that regular has room for", false, {}, undefined],
      ["for a move that is being rolled out", true, { placement: "spot", status: { updated: 0 }, memory: memory("ToSpot") }, "r2"],
      ["for a move whose pod there is on its way out", true, { placement: "spot", status: { updated: 0 }, memory: memory("ToSpot") }, "retiring", { deletingAt: noon }],
      ["for one whose controller has not seen it yet", true, { placement: "spot", status: { generation: 2 }, memory: memory("ToSpot") }, "r2"],
      ["not for an eviction, which changes no template", false, { placement: "spot", status: { updated: 0 }, memory: memory("Rebalance") }, "r2"],
      ["not for a rollout of somebody else's", false, { placement: "spot", status: { updated: 0 } }, "r2"],
      ["not for one that has arrived", false, { placement: "spot", status: { updated: 0 }, memory: memory("ToSpot"), replicas: 0 }, undefined, { deletingAt: noon }],
    ]; // prettier-ignore
    for (const [what, isKept, changes, on, pod] of cases)
      it(what, () => {
        const requests = { cpu: 1300, memory: 1000 };
        const other = buildWorkload("other", { namespace: "x", ...changes, template: { ...changes.template, requests } }); // prettier-ignore
        const idle = running([buildWorkload("idle", { template: { requests: { cpu: 700, memory: 1000 } } }), ["r1"]]); // prettier-ignore
        const pods = [...idle.pods, ...buildPods(other, [on], pod)];
        const retiring = buildNode("spot", "retiring", { taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }] }); // prettier-ignore
        const nodes = [
          buildNode("regular", "r1"),
          buildNode("regular", "r2"),
          buildNode("spot", "s1"),
          retiring,
        ];
        const plan = planFor({ nodes, workloads: [...idle.workloads, other], pods });
        const said = [...plan.moves, ...plan.refusals].find(({ workload: { name } }) => name === "idle")?.reason; // prettier-ignore
        assert.equal(said, isKept ? "AboveWaterMark" : "Idle");
      });
  });

  it("is kept for pods that wait, and for none behind a gate (kubernetes/autoscaler#8580, knative/serving#15308)", () => {
    const queued = buildWorkload("queued", {
      ...{ namespace: "x", replicas: 4, status: { available: 0 } },
      template: { requests: { cpu: 450, memory: 1000 } },
    });
    const busy = buildWorkload("busy", { placement: "spot", template: { requests: { cpu: 900, memory: 1000 } } }); // prettier-ignore
    const ran = running([busy, ["s1"], 0.9]);
    const moved = (changes: Partial<Pod>) =>
      planFor({
        nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
        workloads: [...ran.workloads, queued],
        pods: [...ran.pods, ...buildPods(queued, Array<undefined>(4).fill(undefined), changes)],
      }).moves.length;
    assert.deepEqual([moved({}), moved({ gated: true })], [0, 1]);
  });

  it("is kept again where the workload cannot be moved after all", () => {
    // It has to leave spot, and regular has no room for it; what is kept for its missing pod stays kept.
    const sized = (cpu: number) => ({ template: { requests: { cpu, memory: 1000 } } });
    const arriving = buildWorkload("arriving", {
      ...{ ...sized(900), placement: "spot", replicas: 2, status: { updated: 1, available: 1 } },
      memory: {
        ...{ lastMovedAt: noon - 500 * minute, lastMove: "ToSpot", lastReason: "Idle" },
        ...{ recentMoves: [], failedReturns: 0 },
      },
    });
    const idle = buildWorkload("idle", { ...sized(700), template: { ...sized(700).template } });
    const others = buildWorkload("others", { ...sized(1900), namespace: "x" });
    const { moves, refusals } = planFor({
      nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1")],
      ...running([arriving, ["s1"]], [idle, ["r2"]], [others, ["r1"]]),
    });
    // 900 run on s1 and 900 are to come, so that 700 more would be too many.
    assert.deepEqual(moves.filter(({ workload }) => workload.name === "idle"), []); // prettier-ignore
    assert.ok(
      refusals.some(({ workload, reason }) => workload.name === "idle" && reason === "AboveWaterMark"),
    );
    assert.deepEqual(refusals.map(({ workload }) => workload.name).sort(), ["arriving", "idle"]);
  });

  it("is kept again on the very node, also where spot as a whole is far from full", () => {
    const sized = (cpu: number) => ({ template: { requests: { cpu, memory: 1000 }, nodeSelector: { disk: "fast" } } }); // prettier-ignore
    const fast = { labels: { disk: "fast" } };
    const arriving = buildWorkload("arriving", {
      ...{ ...sized(900), placement: "spot", replicas: 2, status: { updated: 1, available: 1 } },
      memory: { lastMovedAt: noon - 500 * minute, lastMove: "ToSpot", lastReason: "Idle", recentMoves: [], failedReturns: 0 }, // prettier-ignore
    });
    const others = buildWorkload("others", { template: { requests: { cpu: 1900, memory: 1000 } }, namespace: "x" }); // prettier-ignore
    const { moves, refusals } = planFor({
      nodes: [buildNode("regular", "r1", fast), buildNode("regular", "r2", fast), buildNode("spot", "s1", fast), buildNode("spot", "s2")], // prettier-ignore
      ...running([arriving, ["s1"]], [buildWorkload("idle", sized(700)), ["r2"]], [others, ["r1"]]),
    });
    assert.deepEqual(moves, []);
    assert.equal(refusals.find(({ workload }) => workload.name === "idle")?.reason, "NoCapacityOnSpot");
  });

  it("is given back when the workload comes back: its spread does not count pods that will never be there", () => {
    // Law 4 failed so for seed 11: three replicas of which two exist, spread over hosts.
    const byHost = buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1")],
      ...running([
        stuck("kubernetes.io/hostname", 3, { replicas: 2, updated: 2, available: 2 }),
        ["s1", "r1"],
      ]),
    });
    // And for seed 1015: over zones, of which regular has only one.
    const byZone = buildSnapshot({
      nodes: [inZone("regular", "r1", "a"), inZone("spot", "s1", "b")],
      ...running([stuck(zone, 2, { updated: 0 }), ["s1", "r1"]]),
    });
    for (const snapshot of [byHost, byZone]) {
      const plan = planFor(snapshot);
      assert.deepEqual(misfits(snapshot, plan), []);
      assert.deepEqual([...plan.moves, ...plan.refusals].map(({ reason }) => reason), ["TopologySpread"]); // prettier-ignore
    }
  });
});

describe("the room that is kept for a pod that waits", () => {
  const slots = (pods: number) => ({ allocatable: { cpu: 2000, memory: 2 ** 33, pods } });
  /** So many places on r1 and s1. @returns what is kept on regular and spot: places, millicores */
  function kept(
    placement: "regular" | "spot",
    places: [regular: number, spot: number],
    change = (_: Reservations) => {},
  ) {
    const web = buildWorkload("web", { placement, template: { requests: { cpu: 300, memory: 1 } } });
    const nodes = [buildNode("regular", "r1", slots(places[0])), buildNode("spot", "s1", slots(places[1]))];
    const pods = buildPods(web, [undefined], { unschedulableSince: noon });
    const books = openBooks(
      buildWorld(buildSnapshot({ nodes, workloads: [web], pods }), buildPolicy(), noon),
    );
    change(books.reservations);
    const left = (priority: "regular" | "spot") => {
      const workload = buildWorkload("other", { placement: "spot" });
      const placed = books.ledger.place({
        key: "demo/other",
        workload,
        template: workload.template,
        priority,
        count: 9,
        leaving: [],
      });
      return "misfit" in placed ? placed.placed : 9;
    };
    return (["regular", "spot"] as const).map((side, i) => [
      places[i]! - left(side),
      books.utilization.requestedOn(side).cpu,
    ]);
  }
  const [nothing, one] = [
    [0, 0],
    [1, 300],
  ];

  it("is on spot where it is placed there, as long as spot has some, else on regular", () => {
    assert.deepEqual(kept("spot", [2, 2]), [nothing, one]);
    assert.deepEqual(kept("spot", [2, 0]), [one, nothing]);
    assert.deepEqual(kept("regular", [2, 2]), [one, nothing]);
    assert.deepEqual(kept("regular", [0, 2]), [nothing, nothing]);
  });

  it("is given back for its own plan, and kept again", () => {
    assert.deepEqual(
      kept("spot", [2, 2], (all) => all.release("Deployment/demo/web")),
      [nothing, nothing],
    );
    assert.deepEqual(
      kept("spot", [2, 2], (all) => all.release("Deployment/demo/web")()),
      [nothing, one],
    );
    assert.deepEqual(
      kept("spot", [2, 2], (all) => all.release("Deployment/demo/none")()),
      [nothing, one],
    );
  });
});
