import assert from "node:assert/strict";
import type { Toleration } from "../../model.ts";
import { buildNode, buildPolicy, buildWorkload, noon, spotToleration } from "../builders.ts";
import { SimCluster } from "../simCluster.ts";
import { View } from "./scheduler.ts";
import type { SimOptions } from "./state.ts";

const size = (cpu: number) => ({ requests: { cpu, memory: 1 } });

/** A spot node that is full of placeholders, and a pod that may go there. */
function fullCluster(options: SimOptions, ...regular: string[]): SimCluster {
  const cluster = new SimCluster(buildPolicy(), noon, options);
  for (const name of ["spot-1", ...regular]) {
    cluster.nodes.set(name, buildNode(name.startsWith("spot") ? "spot" : "regular", name));
  }
  const tolerations = [spotToleration];
  const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };
  const keeper = { ...size(1000), priority: -10, tolerations, nodeSelector };
  cluster.addWorkload(buildWorkload("keeper", { replicas: 2, template: keeper }), { cpu: 0, memory: 0 });
  cluster.step(0);
  cluster.addWorkload(buildWorkload("web", { placement: "spot", template: size(1200) }), {
    cpu: 0,
    memory: 0,
  });
  cluster.step(0);
  return cluster;
}

const where = (cluster: SimCluster) =>
  [...cluster.pods.values()].map(({ pod }) => `${pod.name.split("-")[0]} ${pod.nodeName ?? "waits"}`).sort();

describe("the simulated scheduler", () => {
  it("removes placeholders for a pod that fits nowhere else, as many as it takes", () => {
    assert.deepEqual(where(fullCluster({ preempts: true })), ["keeper waits", "keeper waits", "web spot-1"]);
  });

  it("leaves them alone while there is room on regular: preferring spot makes no room", () => {
    const cluster = fullCluster({ preempts: true }, "regular-1");
    assert.deepEqual(where(cluster), ["keeper spot-1", "keeper spot-1", "web regular-1"]);
  });

  it("weighs a taint that advises more than the wish for spot, unless it is tolerated", () => {
    const taint = { key: "DeletionCandidateOfClusterAutoscaler", effect: "PreferNoSchedule" } as const;
    const tolerates = { key: taint.key, operator: "Exists", effect: taint.effect } as const;
    const placedWith = (tolerations: Toleration[]) => {
      const cluster = new SimCluster(buildPolicy(), noon);
      const spot = buildNode("spot", "spot-1");
      cluster.nodes.set("spot-1", { ...spot, taints: [...spot.taints, taint] });
      cluster.nodes.set("regular-1", buildNode("regular", "regular-1"));
      const template = { ...size(100), tolerations };
      cluster.addWorkload(buildWorkload("web", { placement: "spot", template }), { cpu: 0, memory: 0 });
      cluster.step(0);
      return where(cluster);
    };
    assert.deepEqual(placedWith([]), ["web regular-1"]);
    assert.deepEqual(placedWith([tolerates]), ["web spot-1"]);
  });

  it("keeps a pod from being ready until it has started", () => {
    const cluster = fullCluster({ podStartMs: 30_000 }, "regular-1");
    const ready = () => cluster.podsOf("Deployment/demo/web").map(({ pod }) => pod.ready);
    assert.deepEqual(ready(), [false]);
    cluster.step(30_000);
    assert.deepEqual(ready(), [true]);
  });

  it("closes a node whose pods fit elsewhere, and counts it as a zone all the same", () => {
    const vacates = (maxSkew: number) => {
      const cluster = new SimCluster(buildPolicy(), noon, {});
      const zone = "topology.kubernetes.io/zone";
      for (const name of ["1", "2"])
        cluster.nodes.set(name, buildNode("regular", name, { labels: { [zone]: name } }));
      const topologySpread = [{ topologyKey: zone, maxSkew, selector: [] }];
      const web = buildWorkload("web", { replicas: 2, template: { ...size(500), topologySpread } });
      cluster.addWorkload(web, { cpu: 0, memory: 0 });
      cluster.step(0);
      const view = new View(cluster);
      const first = view.vacate(cluster.nodes.get("1")!);
      return [first, view.vacate(cluster.nodes.get("2")!)];
    };
    assert.deepEqual(vacates(2), [true, false], "the second holds the pods of the first");
    assert.deepEqual(vacates(1), [false, false]);
  });
});
