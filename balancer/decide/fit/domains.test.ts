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
    [...domains.of(buildTemplate(template), { ...spread, ...rule })].sort().join();

  it("are those of nodes that the pods may go to by affinity, unless the constraint ignores it", () => {
    const nodeSelector = { "kubernetes.azure.com/priority": "regular" };
    assert.equal(zones({}, { nodeSelector }), "a");
    assert.equal(zones({ ignoresAffinity: true }, { nodeSelector }), "a,b");
  });

  it("count tainted nodes unless the constraint honors taints", () => {
    assert.equal(zones({}, {}), "a,b");
    assert.equal(zones({ honorsTaints: true }, {}), "a");
  });
});
