// How many nodes pods need that do not share one.
import assert from "node:assert/strict";
import type { PodTemplate, Workload } from "../model.ts";
import { buildNode, buildPods, buildPolicy, buildSnapshot, buildWorkload, noon } from "../testing/builders.ts"; // prettier-ignore
import { nodesApart } from "./apart.ts";
import { buildWorld } from "./world.ts";

const hostname = "kubernetes.io/hostname";
const own = [{ key: "app", operator: "In" as const, values: ["web"] }];
const others = [{ key: "app", operator: "In" as const, values: ["db"] }];
const spread = (more: object = {}) => [{ topologyKey: hostname, maxSkew: 2, selector: own, ...more }];
const refuses = (more: object = {}) => [{ topologyKey: hostname, selector: own, namespaces: [], ...more }];

describe("pods that do not share a node", () => {
  /** Five on regular, beside a spot node with one. */
  function needed(template: Partial<PodTemplate>, placement: Workload["placement"] = "regular", going = 0) {
    const web = buildWorkload("web", { replicas: 6, placement, template });
    const nodes = [
      ...["r1", "r2"].map((name) => buildNode("regular", name, { labels: { zone: `of ${name}` } })),
      buildNode("spot", "s1", { labels: { disk: "ssd" } }),
    ];
    const pods = buildPods(web, ["r1", "r1", "r1", "r2", "r2", "s1"]);
    // Of a DaemonSet, which is no workload of ours.
    const agents = buildPods(web, ["r1", "r2"], { workload: "DaemonSet/other/agent" });
    const snapshot = buildSnapshot({ nodes, workloads: [web], pods: [...agents, ...pods] });
    const world = buildWorld(snapshot, buildPolicy(), noon);
    return nodesApart(world, (pod) => pods.indexOf(pod) < going);
  }

  const cases: [what: string, nodes: number, template: Partial<PodTemplate>, placement?: "spot"][] = [
    ["that say nothing of each other", 0, {}],
    ["that refuse their like", 5, { podAntiAffinity: refuses() }],
    ["that refuse others", 0, { podAntiAffinity: refuses({ selector: others }) }],
    ["that refuse their like in a zone", 0, { podAntiAffinity: refuses({ topologyKey: "zone" }) }],
    ["that are two ahead of an empty node at most", 3, { topologySpread: spread() }],
    ["that are four ahead of one at most", 2, { topologySpread: spread({ maxSkew: 4 }) }],
    ["of which the narrowest rule counts", 5, { topologySpread: [...spread(), ...spread({ maxSkew: 1 })] }],
    ["that are spread over two zones", 2, { topologySpread: spread({ topologyKey: "zone" }) }],
    ["that are spread over them, and may be four ahead", 2, { topologySpread: spread({ topologyKey: "zone", maxSkew: 4 }) }],
    ["that are spread over racks, which no node names", 0, { topologySpread: spread({ topologyKey: "rack" }) }],
    ["that are spread over zones with others", 0, { topologySpread: spread({ topologyKey: "zone", selector: others }) }],
    ["that are spread over them, and may be three ahead", 2, { topologySpread: spread({ topologyKey: "zone", maxSkew: 3 }) }],
    ["that are spread over them, and may be so many ahead", 1, { topologySpread: spread({ topologyKey: "zone", maxSkew: 5 }) }],
    ["that are spread with others", 0, { topologySpread: spread({ selector: others }) }],
    ["that count no node whose taint keeps them out", 0, { topologySpread: spread({ honorsTaints: true }) }],
    ["that may go to spot, which then counts", 3, { topologySpread: spread({ honorsTaints: true }) }, "spot"],
    ["that count no node which they do not select", 0, { topologySpread: spread(), nodeSelector: { of: "us" } }],
    ["that select the spot node that there is", 3, { topologySpread: spread(), nodeSelector: { disk: "ssd" } }],
    ["that select one as policy knows it", 3, { topologySpread: spread(), nodeSelector: { "kubernetes.azure.com/scalesetpriority": "spot" } }],
    ["that count it all the same", 3, { topologySpread: spread({ ignoresAffinity: true }), nodeSelector: { of: "us" } }],
  ]; // prettier-ignore
  for (const [what, nodes, template, placement] of cases)
    it(`need ${nodes} nodes for five ${what}`, () => assert.equal(needed(template, placement), nodes));

  it("need fewer once some of them go", () => {
    assert.equal(needed({ podAntiAffinity: refuses() }, "regular", 2), 3);
    assert.equal(needed({ topologySpread: spread() }, "regular", 2), 2);
  });
});
