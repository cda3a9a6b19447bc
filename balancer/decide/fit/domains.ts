// The domains (zones, hosts, …) that a topology spread constraint counts: those of the nodes the pods could go to.
import type { PodTemplate, TopologySpread } from "../../model.ts";
import { labelOf } from "../../own.ts";
import type { NodeView } from "../nodeView.ts";
import { matchesNodeAffinity, toleratesTaints } from "./nodeFit.ts";

/** Pods on other nodes do not count, be they in the same domain. */
export interface Counted {
  byNode: Map<NodeView, string>;
  names: Set<string>;
}

export class Domains {
  private readonly nodes: NodeView[];
  private readonly known = new Map<string, Counted>();

  constructor(nodes: NodeView[]) {
    this.nodes = nodes;
  }

  /**
   * Node affinity counts, as by the scheduler's default, unless it says otherwise; taints only where it says so. A node that is in
   * no domain of another of the template's constraints, such as a virtual one without a zone, is in none
   * (`pkg/scheduler/framework/plugins/podtopologyspread/common.go`, nodeLabelsMatchSpreadConstraints).
   */
  of(template: PodTemplate, { topologyKey, honorsTaints, ignoresAffinity }: TopologySpread): Counted {
    const { nodeSelector, nodeAffinity, tolerations, topologySpread } = template;
    const affinity = ignoresAffinity ? undefined : [nodeSelector, nodeAffinity];
    const keys = topologySpread.map((each) => each.topologyKey);
    const question = JSON.stringify([topologyKey, affinity, honorsTaints && tolerations, keys]);
    let counted = this.known.get(question);
    if (!counted) {
      const byNode = new Map<NodeView, string>();
      for (const view of this.nodes) {
        const { node } = view;
        const domain = labelOf(node.labels, topologyKey);
        if (domain === undefined || (affinity && !matchesNodeAffinity(template, node.labels))) continue;
        if (keys.some((key) => labelOf(node.labels, key) === undefined)) continue;
        if (!honorsTaints || toleratesTaints(template, node)) byNode.set(view, domain);
      }
      counted = { byNode, names: new Set(byNode.values()) };
      this.known.set(question, counted);
    }
    return counted;
  }
}
