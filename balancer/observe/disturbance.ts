// Annotations, and labels, by which people ask autoscalers and deschedulers to leave a pod, or a node, alone.
import type { V1ObjectMeta } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Labels, Pod } from "../model.ts";
import { goDuration } from "./goDuration.ts";

const castKey = "autoscaling.cast.ai/removal-disabled";

/** Annotation → the value that asks for it; undefined: any. Each is what its tool documents. */
const onPods: [key: string, value?: string][] = [
  // https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
  ["cluster-autoscaler.kubernetes.io/safe-to-evict", "false"],
  // https://karpenter.sh/docs/concepts/disruption/#pod-level-controls, and its name before v1beta1
  ["karpenter.sh/do-not-disrupt", "true"],
  ["karpenter.sh/do-not-evict", "true"],
  // https://github.com/kubernetes-sigs/descheduler#pod-evictions: its mere presence asks
  ["descheduler.alpha.kubernetes.io/prefer-no-eviction"],
  // https://docs.cast.ai/docs/faq-evictor: an annotation; a label as well (https://kyverno.io/policies, add-castai-removal-disabled)
  [castKey, "true"],
];
const asLabels: typeof onPods = [
  [castKey, "true"],
  // https://help.spot.io/container-management/kubernetes/kubernetes-concepts/spotinst-labels/
  ["spotinst.io/restrict-scale-down", "true"],
];

type Asking = Pick<Json<V1ObjectMeta>, "annotations" | "labels">;

/** The annotation, or label, that asks not to disturb the pod, as it stands there. */
export const doNotDisturb = ({ annotations, labels }: Asking): string | undefined =>
  askedBy(onPods, annotations, "") ?? askedBy(asLabels, labels, "label ");

function askedBy(list: typeof onPods, texts: Labels | undefined, what: string): string | undefined {
  if (!texts) return undefined;
  for (const [key, value] of list) {
    const found = texts[key];
    if (found !== undefined && (value === undefined || found === value)) return `${what}${key}=${found}`;
  }
  return undefined;
}

/** `30m`, `1h30m`: since its version 1.12 Karpenter leaves a pod alone for so long after its start (kubernetes-sigs/karpenter#2874). */
const karpenterKey = "karpenter.sh/do-not-disrupt";

/** Of a pod: what asks, and where it asks for some time only, the end of it. */
export function undisturbed(
  asking: Asking,
  startedAt: number | undefined,
): Pick<Pod, "doNotDisturb" | "doNotDisturbUntil"> | undefined {
  const asked = doNotDisturb(asking);
  if (asked !== undefined) return { doNotDisturb: asked };
  const value = asking.annotations?.[karpenterKey] ?? "";
  const duration = goDuration(value);
  if (duration === undefined) return undefined;
  const until = startedAt === undefined ? Infinity : startedAt + duration;
  return { doNotDisturb: `${karpenterKey}=${value}`, doNotDisturbUntil: until };
}

/** So a custom DaemonSet says to the autoscaler that its pods keep no node (kubernetes/autoscaler#2453). */
export const isLikeDaemonSet = (annotations: Labels | undefined): boolean =>
  annotations?.["cluster-autoscaler.kubernetes.io/daemonset-pod"] === "true";

/** Karpenter's word is the pods' one, and another before v1beta1; Cast AI's, too (https://docs.cast.ai/docs/faq-evictor). */
const scaleDownKeys = [
  "cluster-autoscaler.kubernetes.io/scale-down-disabled",
  karpenterKey,
  "karpenter.sh/do-not-consolidate",
  castKey,
];

/** The autoscaler does not remove the node, whatever runs there. */
export const isScaleDownDisabled = (annotations: Labels | undefined): boolean =>
  scaleDownKeys.some((key) => annotations?.[key] === "true");
