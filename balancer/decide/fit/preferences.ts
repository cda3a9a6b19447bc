// What the scheduler would rather have: preferred affinity to nodes and to other pods, added up for one node.
import type { Pod, Workload } from "../../model.ts";
import { labelOf } from "../../own.ts";
import type { NodeView } from "../nodeView.ts";
import { matchesTerm } from "../../selectors.ts";
import { type PodsInView, namespacesOf } from "./podsInView.ts";

/**
 * How much a workload's pods are drawn to a node: the sum of the weights that hold there, those that avoid it taken off.
 * @param evicted is gone when the scheduler looks, and what is planned for it is not there yet
 */
export function attraction(
  key: string,
  workload: Workload,
  evicted: Pod,
  pods: PodsInView,
): ((view: NodeView) => number) | undefined {
  const { preferences } = workload.template;
  if (!preferences || preferences.length === 0) return undefined;
  const weigh = preferences.map(({ weight, nodes, pods: near, avoids }) => {
    const worth = avoids ? -weight : weight;
    if (!near) return ({ node }: NodeView) => (nodes && matchesTerm(nodes, node.labels) ? worth : 0);
    const counts = new Map<string, number>();
    for (const { node, name, workload: owner } of pods.matching(
      namespacesOf(near, workload),
      near.selector,
    )) {
      if (owner === key && (name === undefined || name === evicted.name)) continue;
      const domain = labelOf(node.node.labels, near.topologyKey);
      if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
    // The scheduler counts every pod that is near.
    return ({ node }: NodeView) => worth * (counts.get(labelOf(node.labels, near.topologyKey) ?? "") ?? 0);
  });
  return (view) => weigh.reduce((sum, each) => sum + each(view), 0);
}
