// What limits a move from outside: disruption budgets, autoscalers, namespaces, priority classes.
import type {
  V1Namespace,
  V1PodDisruptionBudget,
  V1PriorityClass,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import type { Autoscaler, DisruptionBudget, Namespace } from "../model.ts";
import { labelSelector, matchesNothing } from "./selectors.ts";
import type { PriorityClass } from "./template.ts";

export function readDisruptionBudget({
  metadata,
  spec,
  status,
}: Json<V1PodDisruptionBudget>): DisruptionBudget {
  return {
    namespace: metadata!.namespace!,
    name: metadata!.name!,
    selector: labelSelector(spec?.selector) ?? matchesNothing,
    // A budget whose controller has not seen it yet allows nothing.
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
  };
}

export function readAutoscaler({ metadata, spec, status }: Json<V2HorizontalPodAutoscaler>): Autoscaler {
  const target = spec.scaleTargetRef;
  return {
    namespace: metadata!.namespace!,
    name: metadata!.name!,
    target: { kind: target.kind, name: target.name },
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    currentReplicas: status?.currentReplicas ?? 0,
    desiredReplicas: status?.desiredReplicas ?? 0,
    lastScaleAt: timeOf(status?.lastScaleTime),
  };
}

export function readNamespace({ metadata }: Json<V1Namespace>): Namespace {
  return {
    name: metadata!.name!,
    labels: metadata?.labels ?? {},
    deletingAt: timeOf(metadata?.deletionTimestamp),
  };
}

export function readPriorityClass({
  metadata,
  value = 0,
  globalDefault,
}: Json<V1PriorityClass>): PriorityClass {
  return { name: metadata!.name!, value, globalDefault: globalDefault === true };
}
