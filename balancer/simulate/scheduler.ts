// The simulated cluster's scheduler: filters, then preferred spot affinity, then the emptiest node.
import { priorityOf } from "../decide/nodes.ts";
import type { Node, Pod } from "../model.ts";
import type { SimCluster } from "./cluster.ts";
import { type BoundPod, unfit } from "./feasible.ts";

/** Binds what it can, and marks the rest as unschedulable. @returns whether a pod was bound */
export function schedule(cluster: SimCluster): boolean {
  let bound = false;
  const nodes = [...cluster.nodes.values()];
  for (const { pod } of cluster.pods.values()) {
    if (pod.nodeName !== undefined) {
      pod.ready = cluster.nodes.get(pod.nodeName)?.ready ?? false;
      continue;
    }
    const others = boundPods(cluster);
    const candidate = toBoundPod(cluster, pod);
    const fitting = nodes.filter((node) => unfit(candidate, node, others, nodes) === undefined);
    const best = fitting.sort(
      (a, b) => preference(cluster, pod, b, others) - preference(cluster, pod, a, others),
    )[0];
    if (!best) {
      pod.unschedulableSince ??= cluster.now;
      continue;
    }
    pod.nodeName = best.name;
    pod.ready = true;
    delete pod.unschedulableSince;
    bound = true;
  }
  return bound;
}

export function boundPods(cluster: SimCluster): BoundPod[] {
  return [...cluster.pods.values()]
    .filter(({ pod }) => pod.nodeName !== undefined)
    .map(({ pod }) => toBoundPod(cluster, pod));
}

function toBoundPod(cluster: SimCluster, pod: Pod): BoundPod {
  const { workload } = cluster.workloads.get(pod.workload!)!;
  return {
    namespace: pod.namespace,
    template: workload.template,
    node: cluster.nodes.get(pod.nodeName ?? ""),
  };
}

/** The affinity outweighs everything; then the larger part left free with the pod on it (LeastAllocated). */
function preference(cluster: SimCluster, pod: Pod, node: Node, others: BoundPod[]): number {
  const { placement } = cluster.workloads.get(pod.workload!)!.workload;
  const liked = placement === "spot" && priorityOf(node, cluster.policy) === "spot" ? 1 : 0;
  const requests = others
    .filter((other) => other.node?.name === node.name)
    .map(({ template }) => template.requests);
  const taken = { ...pod.requests };
  for (const { cpu, memory } of requests) {
    taken.cpu += cpu;
    taken.memory += memory;
  }
  const { cpu, memory } = node.allocatable;
  return liked * 10 + 1 - (taken.cpu / cpu + taken.memory / memory) / 2;
}
