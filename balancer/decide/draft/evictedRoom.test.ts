// Room for what is evicted: who of a workload still counts, what is kept, and what is left for others after a try in vain.
import assert from "node:assert/strict";
import type { Snapshot } from "../../model.ts";
import { buildNode, buildWorkload, gibibyte } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";
import { appIs, movedTo, zone } from "../../testing/refusals/case.ts";

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
