// Annotations by which people ask autoscalers and deschedulers to leave a pod, or a node, alone.
import type { Labels } from "../model.ts";

/** Annotation → the value that asks for it; undefined: any. Each is what its tool documents. */
const onPods: [key: string, value?: string][] = [
  // https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
  ["cluster-autoscaler.kubernetes.io/safe-to-evict", "false"],
  // https://karpenter.sh/docs/concepts/disruption/#pod-level-controls, and its name before v1beta1
  ["karpenter.sh/do-not-disrupt", "true"],
  ["karpenter.sh/do-not-evict", "true"],
  // https://github.com/kubernetes-sigs/descheduler#pod-evictions: its mere presence asks
  ["descheduler.alpha.kubernetes.io/prefer-no-eviction"],
];

/** The annotation that asks not to disturb the pod, as it stands there. */
export function doNotDisturb(annotations: Labels | undefined): string | undefined {
  if (!annotations) return undefined;
  for (const [key, value] of onPods) {
    const found = annotations[key];
    if (found !== undefined && (value === undefined || found === value)) return `${key}=${found}`;
  }
  return undefined;
}

const scaleDownKey = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

/** The autoscaler does not remove the node, whatever runs there. Karpenter's word for it is the pods' one. */
export function isScaleDownDisabled(annotations: Labels | undefined): boolean {
  return annotations?.[scaleDownKey] === "true" || annotations?.["karpenter.sh/do-not-disrupt"] === "true";
}
