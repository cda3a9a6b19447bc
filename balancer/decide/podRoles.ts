// What a pod is there for, where it is no ordinary work: it comes with its node, or it only keeps room.
import type { Pod, Workload } from "../model.ts";

/** Comes with a node, as pods of DaemonSets do. */
export function isOnEveryNode({ mirror, onEachNode, workload }: Pod): boolean {
  return mirror === true || onEachNode === true || workload?.startsWith("DaemonSet/") === true;
}

/** Keeps room to move to: of negative priority, so anything else takes its place. */
export function isPlaceholder(
  { workloads }: { workloads: Map<string, Workload> },
  key: string | undefined,
): boolean {
  return (workloads.get(key ?? "")?.template.priority ?? 0) < 0;
}

/** Where the balancer makes placeholders; anybody can write the label, but only the balancer may make pods there. */
export const placeholderNamespace = "placeholder";

export const placeholderLabel = "spot-balancer/placeholder";

export const isOurPlaceholder = ({ namespace, labels }: Pick<Pod, "namespace" | "labels">): boolean =>
  namespace === placeholderNamespace && labels[placeholderLabel] === "true";
