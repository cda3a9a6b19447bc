// Room for all pods of a workload that is rolled, on both sides, and what is left of it when it stays.
import assert from "node:assert/strict";
import type { Workload } from "../model.ts";
import { buildNode, buildWorkload, gibibyte } from "../testing/builders.ts";
import { type Running, planFor, running } from "../testing/deciding.ts";
import { appIs } from "../testing/refusals/case.ts";

const regular = buildNode("regular", "r1");
const slots = (name: string, pods: number) =>
  buildNode("spot", name, { allocatable: { cpu: 2000, memory: 8 * gibibyte, pods } });
const said = (nodes: (typeof regular)[], policy: string, ...list: Running[]) => {
  const autoscaled = { pool: "spot", health: "Healthy" as const, backoff: false, minSize: 1 };
  const { moves, refusals } = planFor({ nodes, poolHealth: [autoscaled], ...running(...list) }, policy);
  return [
    ...moves.map(({ workload, reason, nodes }) => `${workload.name} ${reason} ${nodes.join()}`),
    ...refusals.map(({ workload, reason }) => `${workload.name} ${reason}`),
  ];
};
const sized = (cpu: number) => ({ template: { requests: { cpu, memory: 1000 } } });
const demo = "{ namespaces: { demo: {} }, statefulSets: { enabled: true } }";

describe("room on the side where some of its pods are already", () => {
  const cases: [kind: Workload["kind"], pods: number, expected: string][] = [
    ["Deployment", 2, "web NoCapacityOnSpot"], // its rollout begins with one pod more
    ["Deployment", 3, "web Idle s1,s1"],
    ["StatefulSet", 2, "web Idle s1,s1"], // stops each pod before the next one
    ["ReplicaSet", 2, "web Idle s1,s1"], // its pods are evicted
  ];
  for (const [kind, pods, expected] of cases)
    it(`of a ${kind} is there with ${pods} places`, () => {
      const web = buildWorkload("web", { kind, replicas: 2 });
      assert.deepEqual(said([regular, slots("s1", pods)], demo, [web, ["s1", "r1"]]), [expected]);
    });
});

describe("room for a split workload that would not stay on spot", () => {
  it("is left to the others", () => {
    const overPools = { topologyKey: "kubernetes.azure.com/priority", maxSkew: 1, selector: appIs("web") };
    const template = { topologySpread: [overPools] };
    const web: Running = [buildWorkload("web", { placement: "spot", replicas: 2, template }), ["r1", "r1"]];
    // Both spot nodes are of little use, so one of them goes; s1 has one place.
    const nodes = [regular, slots("s1", 1), slots("s2", 0)];
    const floor = "{ namespaces: { demo: { regularFloor: 1 }, x: {} } }";
    const zed: Running = [buildWorkload("zed", { namespace: "x" }), ["r1"]];
    assert.deepEqual(said(nodes, floor, web, zed), ["zed Idle s1", "web NotOnSpot"]);
  });

  it("is left to them, too, where its other part finds none on regular", () => {
    // Its pods are on neither side; one of 1500 does not fit beside the 1000 of another one on r1.
    const web: Running = [buildWorkload("web", { replicas: 2, ...sized(1500) }), ["x1", "x1"]];
    const zed: Running = [buildWorkload("zed", { namespace: "x", ...sized(1000) }), ["r1"]];
    const policy = "{ namespaces: { demo: { regularFloor: 1 }, x: {} } }";
    const nodes = [regular, slots("s1", 9), buildNode("system", "x1")];
    assert.deepEqual(said(nodes, policy, web, zed), ["zed Idle s1", "web NoCapacityOnRegular"]);
  });
});
