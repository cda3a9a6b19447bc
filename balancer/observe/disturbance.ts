// Annotations by which people ask autoscalers and deschedulers to leave a pod, or a node, alone.
import type { Labels, Pod } from "../model.ts";
import { goDuration } from "./goDuration.ts";

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

/** `30m`, `1h30m`: since its version 1.12 Karpenter leaves a pod alone for so long after its start (kubernetes-sigs/karpenter#2874). */
const karpenterKey = "karpenter.sh/do-not-disrupt";

/** Of a pod: the annotation, and where it asks for some time only, the end of it. */
export function undisturbed(
  annotations: Labels | undefined,
  startedAt: number | undefined,
): Pick<Pod, "doNotDisturb" | "doNotDisturbUntil"> | undefined {
  const asked = doNotDisturb(annotations);
  if (asked !== undefined) return { doNotDisturb: asked };
  const value = annotations?.[karpenterKey] ?? "";
  const duration = goDuration(value);
  if (duration === undefined) return undefined;
  const until = startedAt === undefined ? Infinity : startedAt + duration;
  return { doNotDisturb: `${karpenterKey}=${value}`, doNotDisturbUntil: until };
}

const scaleDownKey = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

/** The autoscaler does not remove the node, whatever runs there. Karpenter's word for it is the pods' one. */
export function isScaleDownDisabled(annotations: Labels | undefined): boolean {
  return annotations?.[scaleDownKey] === "true" || annotations?.["karpenter.sh/do-not-disrupt"] === "true";
}
