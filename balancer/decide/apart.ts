// What does not share a node: how many nodes it needs, however small its pods are.
import type { Labels, Node, Pod, PodTemplate, Snapshot, Workload } from "../model.ts";
import type { Policy } from "../policy.ts";
import { matchesNodeAffinity } from "./fit/nodeFit.ts";
import { priorityOf } from "./nodeView.ts";
import { matches } from "../selectors.ts";
import type { World } from "./world.ts";

export const hostname = "kubernetes.io/hostname";

/** By which its pods are kept from others, or from each other. */
export const topologyKeys = ({ topologySpread, podAntiAffinity }: PodTemplate): string[] =>
  [...topologySpread, ...podAntiAffinity].map(({ topologyKey }) => topologyKey);

/** Nodes that the pods of one workload need at least, where some of them go and spot has a node. */
export function nodesApart(world: World, isGoing: (pod: Pod) => boolean): number {
  // Of one that may come, as far as policy knows it, and of those that there are.
  const spot = [world.policy.pools.spot.nodeLabels, ...spotLabels(world.snapshot, world.policy)];
  let nodes = 0;
  for (const [key, pods] of world.podsByWorkload) {
    const workload = world.workloads.get(key);
    if (!workload) continue;
    const most = refusesItsLike(workload) ? 1 : mostBesideEmptySpot(workload, spot);
    const places = pods.flatMap((pod) => {
      const view = isGoing(pod) ? undefined : world.nodeByName.get(pod.nodeName ?? "");
      return view?.priority === "regular" ? [view.node] : [];
    });
    nodes = Math.max(nodes, Math.ceil(places.length / most), zonesNeeded(workload, places));
  }
  return nodes;
}

/** By anti-affinity. */
const refusesItsLike = ({ template: { podAntiAffinity, labels } }: Workload): boolean =>
  podAntiAffinity.some((term) => term.topologyKey === hostname && matches(term.selector, labels));

/**
 * How many of its pods a regular node takes: as many as its spread lets it be ahead of an empty one. A spot node is one:
 * unless the constraint says `nodeTaintsPolicy: Honor`, it counts though its taint keeps the pods out
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/).
 */
function mostBesideEmptySpot({ placement, template }: Workload, spot: Labels[]): number {
  const skews = template.topologySpread
    .filter(({ topologyKey, selector }) => topologyKey === hostname && matches(selector, template.labels))
    .filter(({ honorsTaints }) => !honorsTaints || placement === "spot")
    .filter((each) => each.ignoresAffinity || spot.some((labels) => matchesNodeAffinity(template, labels)))
    .map(({ maxSkew }) => maxSkew);
  return Math.min(Infinity, ...skews);
}

/**
 * By a spread over zones, or the like: none goes empty while others have more than the skew allows beside it. The zone of
 * the last node counts while an autoscaler thinks of that node as gone.
 */
function zonesNeeded({ template }: Workload, places: Node[]): number {
  const needed = template.topologySpread
    .filter(({ topologyKey, selector }) => topologyKey !== hostname && matches(selector, template.labels))
    .map(({ topologyKey, maxSkew }) =>
      Math.min(
        new Set(places.flatMap(({ labels }) => labels[topologyKey] ?? [])).size,
        Math.ceil(places.length / maxSkew),
      ),
    );
  return Math.max(0, ...needed);
}

const spotLabels = ({ nodes }: Snapshot, policy: Policy): Labels[] =>
  nodes.filter((node) => priorityOf(node, policy) === "spot").map(({ labels }) => labels);

/** Workloads on regular that need a node for every few of their pods, as soon as there is a spot node: a warning. */
export function keptApart(snapshot: Snapshot, policy: Policy): string[] {
  const spot = spotLabels(snapshot, policy);
  if (spot.length === 0) return [];
  return snapshot.workloads.flatMap((workload) => {
    const isTold =
      workload.placement === "regular" && workload.replicas > mostBesideEmptySpot(workload, spot);
    return isTold ? [`${workload.namespace}/${workload.name}`] : [];
  });
}
