// What limits a move from outside: disruption budgets, autoscalers, namespaces, priority classes.
import type {
  V1Namespace,
  V1PodDisruptionBudget,
  V1PriorityClass,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import type { Autoscaler, DisruptionBudget, Labels, Namespace, Toleration } from "../model.ts";
import type { PriorityClass } from "./context.ts";
import { guarded, orElse } from "./guard.ts";
import { qualifiedKind } from "./owners.ts";
import { labelSelector, matchesNothing } from "./selectors.ts";
import { listOf, textsOf } from "./shapes.ts";

const isSeen = ({ metadata, status }: Json<V1PodDisruptionBudget>): boolean =>
  (status?.observedGeneration ?? Infinity) >= (metadata?.generation ?? 0);

/** One that cannot be read holds for its whole namespace, and allows nothing. */
export const readDisruptionBudget = guarded(
  ({ metadata, spec, status }: Json<V1PodDisruptionBudget>): DisruptionBudget => ({
    namespace: metadata!.namespace!,
    name: metadata!.name!,
    selector: labelSelector(spec?.selector) ?? matchesNothing,
    // A budget whose controller has not seen it yet, or not its last change, allows nothing: "still being processed by
    // the server" is what an eviction is told (kubernetes/kubernetes, pkg/registry/core/pod/storage/eviction.go).
    disruptionsAllowed: isSeen({ metadata, status }) ? (status?.disruptionsAllowed ?? 0) : 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    ...(spec?.unhealthyPodEvictionPolicy === "AlwaysAllow" && { evictsUnhealthy: true }),
  }),
  ({ metadata: { namespace, name } }) => ({
    ...{ namespace, name, selector: [] },
    ...{ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0 },
  }),
);

/** Without metrics, or without a target, it says `desiredReplicas: 0` for as long as that lasts (kubernetes#102405). */
export const readAutoscaler = guarded(
  ({ metadata, spec, status }: Json<V2HorizontalPodAutoscaler>): Autoscaler => {
    const { apiVersion, kind, name } = spec.scaleTargetRef;
    const broken = listOf(status?.conditions, "conditions").find(
      (condition) =>
        (condition.type === "ScalingActive" || condition.type === "AbleToScale") &&
        condition.status === "False" &&
        // It waits on purpose: what it wants is known.
        condition.reason !== "BackoffBoth" &&
        condition.reason !== "BackoffDownscale" &&
        condition.reason !== "BackoffUpscale",
    );
    const currentReplicas = status?.currentReplicas ?? 0;
    return {
      namespace: metadata!.namespace!,
      name: metadata!.name!,
      target: { kind: qualifiedKind(kind, apiVersion), name },
      minReplicas: spec.minReplicas ?? 1,
      maxReplicas: spec.maxReplicas,
      currentReplicas,
      desiredReplicas: broken ? currentReplicas : (status?.desiredReplicas ?? 0),
      lastScaleAt: timeOf(status?.lastScaleTime),
      ...(broken && { inactive: broken.reason || broken.type }),
    };
  },
  // Nobody knows what it scales.
  () => undefined,
);

export const readNamespace = guarded(
  ({ metadata }: Json<V1Namespace>): Namespace => {
    const nodeSelector = selectorOf(metadata?.annotations);
    const allowed = allowedTolerations(metadata?.annotations);
    return {
      name: metadata!.name!,
      labels: textsOf(metadata?.labels, "labels"),
      deletingAt: timeOf(metadata?.deletionTimestamp),
      ...(nodeSelector && { nodeSelector }),
      ...(allowed && { allowedTolerations: allowed }),
    };
  },
  ({ metadata: { name } }) => ({ name, labels: {} }),
);

/**
 * `a=b,c=d` of the admission plugin PodNodeSelector (kubernetes/kubernetes, plugin/pkg/admission/podnodeselector), which
 * AKS has switched on. Pods that are older than the annotation do not show it.
 */
function selectorOf(annotations: Labels | undefined): Labels | undefined {
  const text: unknown = annotations?.["scheduler.alpha.kubernetes.io/node-selector"];
  if (typeof text !== "string" || text.trim() === "") return undefined;
  const pairs = text.split(",").map((pair) => pair.split(/=+/).map((part) => part.trim()));
  const named = pairs.filter(([key]) => key !== "").map(([key = "", value = ""]) => [key, value] as const);
  return Object.fromEntries<string>(named);
}

/** Of the admission plugin PodTolerationRestriction, which AKS has switched on, too; an empty list restricts nothing. */
function allowedTolerations(annotations: Labels | undefined): Toleration[] | undefined {
  const text = annotations?.["scheduler.alpha.kubernetes.io/tolerationsWhitelist"];
  const list = orElse([], () =>
    listOf(JSON.parse(text!) as (Toleration | null)[] | null, "tolerationsWhitelist"),
  );
  const allowed = list.filter((each) => each !== null);
  return allowed.length > 0 ? allowed : undefined;
}

export const readPriorityClass = guarded(
  ({ metadata, value = 0, globalDefault }: Json<V1PriorityClass>): PriorityClass => ({
    name: metadata!.name!,
    value,
    globalDefault: globalDefault === true,
  }),
);
