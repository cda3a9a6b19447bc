import assert from "node:assert/strict";
import { buildNode, buildPolicy, buildTemplate, noon } from "../../testing/builders.ts";
import { viewNode } from "../nodeView.ts";
import { Domains } from "./domains.ts";

describe("the domains of a topology spread constraint", () => {
  const nodes = [
    buildNode("regular", "r1", { labels: { zone: "a" } }),
    buildNode("spot", "s1", { labels: { zone: "b" } }),
    buildNode("regular", "r2"),
  ];
  const domains = new Domains(nodes.map((node, index) => viewNode(node, index, buildPolicy(), noon)));
  const spread = { topologyKey: "zone", maxSkew: 1, selector: [] };
  const zones = (rule: object, template: object) =>
    [...domains.of(buildTemplate(template), { ...spread, ...rule }).names].sort().join();

  it("are those of nodes that the pods may go to by affinity, unless the constraint ignores it", () => {
    const nodeSelector = { "kubernetes.azure.com/priority": "regular" };
    assert.equal(zones({}, { nodeSelector }), "a");
    assert.equal(zones({ ignoresAffinity: true }, { nodeSelector }), "a,b");
  });

  it("are of nodes that are in a domain of each of the pods' constraints", () => {
    const inRack = [
      ...nodes.slice(0, 1),
      buildNode("regular", "r3", { labels: { zone: "c", rack: "1" } }),
      buildNode("regular", "r4", { labels: { zone: "d", rack: "1" } }),
    ];
    const seen = new Domains(inRack.map((node, index) => viewNode(node, index, buildPolicy(), noon)));
    const named = (...topologySpread: (typeof spread)[]) =>
      [...seen.of(buildTemplate({ topologySpread }), spread).names].join();
    assert.equal(named(spread), "a,c,d");
    assert.equal(named(spread, { ...spread, topologyKey: "rack" }), "c,d");
  });

  it("count tainted nodes unless the constraint honors taints", () => {
    assert.equal(zones({}, {}), "a,b");
    assert.equal(zones({ honorsTaints: true }, {}), "a");
  });
});
