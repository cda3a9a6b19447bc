// Room for what is evicted: who of a workload still counts, what is kept, and what is left for others after a try in vain.
import assert from "node:assert/strict";
import type { Snapshot } from "../../model.ts";
import {
  buildNode,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  gibibyte,
  noon,
} from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";
import { appIs, movedTo, zone } from "../../testing/refusals/case.ts";
import { openBooks } from "../books.ts";
import { buildWorld } from "../world.ts";
import { evictedRoom } from "./evictedRoom.ts";

const regular = buildNode("regular", "r1");
const second = { "kubernetes.azure.com/agentpool": "second" };
/** Closed, in a pool beside a stable one: single pods get off it. */
const lost = buildNode("spot", "lost", { ready: false, labels: { ...second, [zone]: "a" } });
const slots = (pods: number, cpu = 2000) => ({ allocatable: { cpu, memory: 8 * gibibyte, pods } });
const sized = (cpu: number, memory = 1000) => ({ template: { requests: { cpu, memory } } });

const said = (parts: Partial<Snapshot>, ...list: Running[]) => {
  const { moves, refusals } = planFor({ ...running(...list), ...parts });
  return [
    ...moves.map(({ workload, reason, nodes }) => `${workload.name} ${reason} ${nodes.join()}`),
    ...refusals.map(({ workload, reason }) => `${workload.name} ${reason}`),
  ];
};

describe("room for what is evicted", () => {
  it("is where a spread has it once it is gone, counting those that stay", () => {
    // Two in zone a, of which one goes, and one in b: the new one has to come to a, where s2 is.
    const topologySpread = [{ topologyKey: zone, maxSkew: 1, selector: appIs("web") }];
    const web = buildWorkload("web", { placement: "spot", replicas: 3, template: { topologySpread } });
    const inZone = (name: string, of: string, pods: number) =>
      buildNode("spot", name, { labels: { [zone]: of }, ...slots(pods) });
    const nodes = [regular, lost, inZone("s2", "a", 5), inZone("s3", "b", 1)];
    assert.deepEqual(said({ nodes }, [web, ["lost", "s2", "s3"]]), ["web SpotNodeLost s2"]);
    // Two in b that stay: a third one there would be two ahead of a.
    const full = [regular, lost, inZone("s2", "a", 0), inZone("s3", "b", 9)];
    assert.deepEqual(said({ nodes: full }, [web, ["lost", "s3", "s3"]]), ["web TopologySpread"]);
  });

  it("is where a spread has it on regular, too, once all that have found room on spot are gone", () => {
    // All three in zone a; two come to b and c on spot, and the third to a again.
    const topologySpread = [{ topologyKey: zone, maxSkew: 1, selector: appIs("web") }];
    const web = buildWorkload("web", { placement: "spot", replicas: 3, template: { topologySpread } });
    const inZone = (name: string, of: string) =>
      buildNode("spot", name, { labels: { [zone]: of }, ...slots(1) });
    const r1 = buildNode("regular", "r1", { labels: { ...regular.labels, [zone]: "a" } });
    const nodes = [r1, lost, inZone("s2", "b"), inZone("s3", "c")];
    assert.deepEqual(said({ nodes }, [web, ["lost", "lost", "lost"]]), ["web SpotNodeLost s2,s3,r1"]);
  });

  it("that spot does not have leaves spot as it was", () => {
    // Its memory fits on regular only. Were it counted on spot all the same, that would be above its mark.
    const rescued = buildWorkload("rescued", { placement: "spot", replicas: 2, ...sized(100, 3 * gibibyte) });
    const kept = buildWorkload("kept", { namespace: "x", ...sized(100, 6 * gibibyte) });
    const nodes = [regular, lost, buildNode("spot", "s1")];
    const list: Running[] = [
      [rescued, ["lost", "lost"]],
      [kept, ["s1"]],
      [buildWorkload("idle"), ["r1"]],
    ];
    assert.deepEqual(said({ nodes }, ...list), ["rescued SpotNodeLost r1,r1", "idle Idle s1"]);
  });

  it("is kept for those that follow in later rounds, where there is so much", () => {
    const memory = movedTo("ToSpot", 10);
    const following = buildWorkload("z", { kind: "ReplicaSet", placement: "spot", replicas: 2, memory });
    const idle = buildWorkload("idle");
    const with_ = (pods: number) =>
      said({ nodes: [regular, buildNode("spot", "s1", slots(pods))] }, [following, ["r1", "r1"]], [idle, ["r1"]]); // prettier-ignore
    assert.deepEqual(with_(3), ["z Following s1", "idle Idle s1"]);
    assert.deepEqual(with_(2), ["z Following s1", "idle NoCapacityOnSpot"]);
    assert.deepEqual(with_(1), ["z Following s1", "idle NoCapacityOnSpot"]);
  });

  it("is given back where the eviction does not take place: the next one on the hot node may have it", () => {
    // Nobody knows where another scheduler would put the first one; r2 has room for one of them.
    const pair = (name: string, scheduler?: string) =>
      buildWorkload(name, {
        ...{ replicas: 2, labels: { "spot-balancer/tier": "standard" } },
        template: { requests: { cpu: 500, memory: 1000 }, ...(scheduler && { scheduler }) },
      });
    const rest = (name: string) => buildWorkload(name, { namespace: "x", ...sized(500) });
    const nodes = [
      regular,
      buildNode("regular", "r2", slots(9, 950)),
      buildNode("regular", "r3", slots(9, 3000)),
    ];
    const list: Running[] = [
      [pair("a", "packing"), ["r1", "r3"], 0.8],
      [pair("b"), ["r1", "r3"], 0.8],
      [rest("load"), ["r1"], 1.6],
      [buildWorkload("full", { namespace: "x", ...sized(2000) }), ["r3"], 0.5],
    ];
    assert.deepEqual(said({ nodes }, ...list)[0], "b HotNode r2");
  });
});

describe("the books of what is evicted", () => {
  /** Three pods of 500 millicores on a lost node; so many places on s1 and r1. */
  function books(places: [s1: number, r1: number], wishes: { go: number; keeps?: boolean }) {
    const web = buildWorkload("web", { placement: "spot", replicas: 3, ...sized(500) });
    const nodes = [
      lost,
      buildNode("spot", "s1", slots(places[0])),
      buildNode("regular", "r1", slots(places[1])),
    ];
    const world = buildWorld(
      buildSnapshot({ nodes, ...running([web, ["lost", "lost", "lost"]]) }),
      buildPolicy(),
      noon,
    );
    const [candidate] = world.candidates;
    const all = openBooks(world);
    const state = () => {
      const free = (["spot", "regular"] as const).map((priority) => {
        const placed = all.ledger.place({ key: "x/y", workload: web, template: candidate!.workload.template, priority, count: 3, leaving: [] }); // prettier-ignore
        const count = "misfit" in placed ? placed.placed : 3;
        if (!("misfit" in placed)) placed.undo();
        return count;
      });
      const requested = (["spot", "regular"] as const).map((side) => all.utilization.requestedOn(side).cpu);
      return `${free.join("+")} free, ${requested.join("+")} requested`;
    };
    const before = state();
    const pods = candidate!.pods.slice(0, wishes.go);
    const room = evictedRoom(
      {
        ...{
          candidate: candidate!,
          pods,
          sides: ["spot", "regular"],
          reason: "SpotNodeLost",
          voluntary: false,
        },
        ...{ describe: () => undefined },
        ...(wishes.keeps && { later: candidate!.pods.slice(wishes.go) }),
      },
      pods,
      all,
      world,
    );
    if (!("nodes" in room)) return { objection: room, before, after: state() };
    const after = state();
    room.undo();
    assert.deepEqual(state(), before, "taken back");
    return { nodes: room.nodes.map(({ node }) => node.name).join(), before, after };
  }

  it("have each pod where it comes to, on the first side as long as there is room", () => {
    // On spot and on regular.
    const cases: [places: [number, number], go: number, nodes: string, after: string][] = [
      [[3, 3], 2, "s1,s1", "1+3 free, 1000+0 requested"],
      [[1, 3], 3, "s1,r1,r1", "0+1 free, 500+1000 requested"],
      [[0, 3], 3, "r1,r1,r1", "0+0 free, 0+1500 requested"],
      [[1, 1], 3, "s1,r1", "0+0 free, 500+500 requested"],
    ];
    for (const [places, go, nodes, after] of cases) {
      const found = books(places, { go });
      assert.deepEqual([found.nodes, found.after], [nodes, after]);
      assert.equal(found.before, `${places.join("+")} free, 0+0 requested`);
    }
  });

  it("say what the first side lacks where nothing finds room, and are as before", () => {
    const { objection, before, after } = books([0, 0], { go: 2 });
    assert.deepEqual([objection?.reason, objection?.side, after], ["NoCapacityOnSpot", "spot", before]);
  });

  it("keep room for those that go later, on the first side, where there is enough for them all", () => {
    const kept = books([3, 0], { go: 1, keeps: true });
    assert.deepEqual([kept.nodes, kept.after], ["s1", "0+0 free, 1500+0 requested"]);
    const none = books([2, 3], { go: 1, keeps: true });
    assert.deepEqual([none.nodes, none.after], ["s1", "1+3 free, 500+0 requested"]);
  });
});
