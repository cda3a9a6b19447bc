// The domains (zones, hosts, …) that a topology spread constraint counts: those of the nodes the pods could go to.
import type { PodTemplate, TopologySpread } from "../../model.ts";
import { labelOf } from "../../own.ts";
import type { NodeView } from "../nodeView.ts";
import { matchesNodeAffinity, toleratesTaints } from "./nodeFit.ts";

export class Domains {
  private readonly nodes: NodeView[];
  private readonly known = new Map<string, Set<string>>();

  constructor(nodes: NodeView[]) {
    this.nodes = nodes;
  }

  /** Node affinity counts, as by the scheduler's default, unless it says otherwise; taints only where it says so. */
  of(template: PodTemplate, { topologyKey, honorsTaints, ignoresAffinity }: TopologySpread): Set<string> {
    const { nodeSelector, nodeAffinity, tolerations } = template;
    const affinity = ignoresAffinity ? undefined : [nodeSelector, nodeAffinity];
    const question = JSON.stringify([topologyKey, affinity, honorsTaints && tolerations]);
    let domains = this.known.get(question);
    if (!domains) {
      domains = new Set();
      for (const { node } of this.nodes) {
        const domain = labelOf(node.labels, topologyKey);
        if (domain === undefined || (affinity && !matchesNodeAffinity(template, node.labels))) continue;
        if (!honorsTaints || toleratesTaints(template, node)) domains.add(domain);
      }
      this.known.set(question, domains);
    }
    return domains;
  }
}
