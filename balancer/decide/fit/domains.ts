// The domains (zones, hosts, …) that a topology spread constraint counts: those of the nodes the pods could go to.
import type { PodTemplate } from "../../model.ts";
import type { NodeView } from "../nodes.ts";
import { matchesNodeAffinity } from "./nodeFit.ts";

export class Domains {
  private readonly nodes: NodeView[];
  private readonly known = new Map<string, Set<string>>();

  constructor(nodes: NodeView[]) {
    this.nodes = nodes;
  }

  /** As the scheduler's defaults: node affinity counts (`nodeAffinityPolicy: Honor`), taints do not. */
  of(template: PodTemplate, topologyKey: string): Set<string> {
    const question = JSON.stringify([topologyKey, template.nodeSelector, template.nodeAffinity]);
    let domains = this.known.get(question);
    if (!domains) {
      domains = new Set();
      for (const { node } of this.nodes) {
        const domain = node.labels[topologyKey];
        if (domain !== undefined && matchesNodeAffinity(template, node.labels)) domains.add(domain);
      }
      this.known.set(question, domains);
    }
    return domains;
  }
}
