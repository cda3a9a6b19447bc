// Whether a pod could run on a node, by the rules of Kubernetes' scheduler that tell node pools apart. Pure.
// Between pods (spread, anti-affinity) nothing is looked at: the scheduler has the last word anyway.
import type {
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1Taint,
  V1Toleration,
} from "@kubernetes/client-node";
import type { Amounts, NodeShape, NodeState, PodState } from "./model.ts";

/** Room for the requests, taints tolerated, selector and required affinity met. *Preferred* affinity counts for nothing. */
export function fits(pod: PodState, shape: NodeShape, free: Amounts): boolean {
  return (
    hasRoom(free, pod.requests) &&
    shape.taints.every((taint) => isTolerated(taint, pod.tolerations)) &&
    Object.entries(pod.nodeSelector).every(([key, value]) => shape.labels[key] === value) &&
    (pod.requiredAffinity.length === 0 || pod.requiredAffinity.some((term) => matches(term, shape.labels)))
  );
}

const resources = ["cpu", "memory", "ephemeralStorage", "pods"] as const;

const hasRoom = (free: Amounts, needed: Amounts): boolean =>
  resources.every((resource) => needed[resource] <= 0 || needed[resource] <= free[resource]);

export const subtract = (a: Amounts, b: Amounts): Amounts => ({
  cpu: a.cpu - b.cpu,
  memory: a.memory - b.memory,
  ephemeralStorage: a.ephemeralStorage - b.ephemeralStorage,
  pods: a.pods - b.pods,
});

export const freeOn = (node: NodeState, pods: PodState[]): Amounts =>
  pods
    .filter((pod) => pod.node === node.name)
    .reduce((free, pod) => subtract(free, pod.requests), node.shape.allocatable);

/** Pods below this priority neither make a pool grow nor keep a node, as with the autoscaler's default. */
export const expendableBelow = -10;

function isTolerated(taint: V1Taint, tolerations: V1Toleration[]): boolean {
  if (taint.effect === "PreferNoSchedule") return true;
  return tolerations.some(({ key, operator, value, effect }) => {
    if (effect && effect !== taint.effect) return false;
    if (operator === "Exists") return !key || key === taint.key;
    return key === taint.key && (value ?? "") === (taint.value ?? "");
  });
}

/** An empty term matches nothing, as in Kubernetes; one that names a node (matchFields) matches no new node. */
function matches(term: V1NodeSelectorTerm, labels: Record<string, string>): boolean {
  const expressions = term.matchExpressions ?? [];
  if ((term.matchFields ?? []).length > 0 || expressions.length === 0) return false;
  return expressions.every((expression) => holds(expression, labels));
}

function holds(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  labels: Record<string, string>,
): boolean {
  const label = labels[key];
  switch (operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    case "Gt":
      return label !== undefined && Number(label) > Number(values[0]);
    case "Lt":
      return label !== undefined && Number(label) < Number(values[0]);
    default:
      return false;
  }
}
