// Whom pods refuse by their own anti-affinity, in which namespaces.
import assert from "node:assert/strict";
import { buildNode, buildPods, buildPolicy, buildSnapshot, buildWorkload, noon } from "../../testing/builders.ts"; // prettier-ignore
import { buildWorld } from "../world.ts";
import { PodsInView } from "./podsInView.ts";

describe("pods that refuse others", () => {
  const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
  const term = (namespaces: string[]) => ({ topologyKey: "kubernetes.io/hostname", selector, namespaces });
  const web = (namespace: string) => buildWorkload("web", { namespace });

  /** By a workload in `x`, or by a pod there that none stands behind. */
  function refused(namespaces: string[], isBare: boolean, by: string) {
    const template = isBare ? {} : { podAntiAffinity: [term(namespaces)] };
    const owner = buildWorkload("owner", { namespace: "x", template });
    const bare = { workload: undefined, podAntiAffinity: [term(namespaces)] };
    const pods = buildPods(owner, ["r1"], isBare ? bare : {});
    const snapshot = buildSnapshot({ nodes: [buildNode("regular", "r1")], workloads: isBare ? [] : [owner], pods }); // prettier-ignore
    const found = new PodsInView(buildWorld(snapshot, buildPolicy(), noon)).repelling(web(by));
    return found.map(({ topologyKey, pod }) => `${topologyKey} ${pod.node.node.name}`);
  }

  for (const isBare of [true, false])
    it(`do so where they say, else where they are: ${isBare ? "pods by themselves" : "a workload's"}`, () => {
      const there = ["kubernetes.io/hostname r1"];
      assert.deepEqual([refused(["demo"], isBare, "demo"), refused(["demo"], isBare, "x")], [there, []]);
      assert.deepEqual([refused([], isBare, "demo"), refused([], isBare, "x")], [[], there]);
    });
});
