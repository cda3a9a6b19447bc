// What one pod of a workload takes of a node: what the scheduler counts, and what is known beside it.
import type { Attachments, Node, PodTemplate, Resources } from "../../model.ts";
import { runs } from "../workloadUsage.ts";
import { nodeUsage } from "../utilization.ts";
import type { World } from "../world.ts";

export interface Demand extends Resources {
  /** Memory that such a pod is known to use, where that is more than it requests. */
  inUse?: number;
  attachments?: Attachments;
}

/**
 * The scheduler goes by requests alone. A pod that uses far more memory than it requests would be put on a node that
 * has not got it, and be killed there, or others in its place (kubernetes-sigs/descheduler#225).
 */
export function demandOf({ key, template }: { key: string; template: PodTemplate }, world: World): Demand {
  const { requests, volumes } = template;
  let inUse = 0;
  for (const pod of world.podsByWorkload.get(key) ?? [])
    if (pod.usage && runs(pod)) inUse = Math.max(inUse, pod.usage.memory);
  if (inUse <= requests.memory && !volumes.attachments) return requests;
  return {
    ...requests,
    ...(inUse > requests.memory && { inUse }),
    ...(volumes.attachments && { attachments: volumes.attachments }),
  };
}

/** Memory of a node that nobody uses; what a pod uses of which nothing is known is what it requests. */
export function unusedMemory(node: Node, world: World): number {
  const pods = world.podsByNode.get(node.name) ?? [];
  return node.allocatable.memory - nodeUsage(world, node, pods, ({ requests }) => requests).memory;
}
