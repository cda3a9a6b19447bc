// The API server's objects, cut down to what the page draws. Pure.
import type { EventsV1Event, V1Node, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { Json } from "../../../../balancer/kube/json.ts";
import { parseCpu, parseMemory } from "../../../../balancer/kube/quantity.ts";
import type { Autoscaler, BalancingEvent, ClusterNode, ClusterPod } from "./schemas.ts";

/** What every object has. */
export interface ApiObject {
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    labels?: Labels;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  };
}

/** Any part may be missing, and an empty list may be null. */
type Parts<T> = T extends (infer Item)[]
  ? Parts<Item>[] | null
  : T extends object
    ? { [Key in keyof T]?: Parts<T[Key]> }
    : T;
type Api<T> = ApiObject & Omit<Parts<Json<T>>, "metadata">;

export type ApiNode = Api<V1Node>;
export type ApiPod = Api<V1Pod>;
export type ApiAutoscaler = Api<V2HorizontalPodAutoscaler>;
export type ApiEvent = Api<EventsV1Event>;

type Labels = Record<string, string>;
type Amounts = Partial<Labels>;

const isTrue = (conditions: Parts<{ type: string; status: string }[]> | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** Text that is no quantity counts as nothing: one odd object must not blind the page. */
function amount(parse: (text: string) => number, text: string | undefined): number {
  try {
    return text === undefined ? 0 : parse(text);
  } catch {
    return 0;
  }
}
const cores = (amounts: Amounts | undefined): number => amount(parseCpu, amounts?.["cpu"]) / 1000;
const memory = (amounts: Amounts | undefined): number => amount(parseMemory, amounts?.["memory"]);

/** @param spotLabels what spot nodes have, all of it */
export const slimNode =
  (spotLabels: Labels) =>
  ({ metadata, spec, status }: ApiNode): ClusterNode => {
    const labels = metadata.labels ?? {};
    const isSpot = Object.entries(spotLabels).every(([key, value]) => labels[key] === value);
    return {
      name: metadata.name,
      pool: labels["kubernetes.azure.com/agentpool"] ?? labels["agentpool"] ?? "",
      priority: isSpot ? "spot" : "regular",
      system: labels["kubernetes.azure.com/mode"] === "system",
      ready: isTrue(status?.conditions, "Ready"),
      schedulable: spec?.unschedulable !== true,
      instanceType: labels["node.kubernetes.io/instance-type"] ?? "",
      allocatable: {
        cpuCores: cores(status?.allocatable),
        memoryBytes: memory(status?.allocatable),
        pods: amount(parseMemory, status?.allocatable?.["pods"]),
      },
    };
  };

/** Pods that have ended occupy nothing, and are left out. */
export function slimPod({ metadata, spec, status }: ApiPod): ClusterPod | undefined {
  const { phase = "Unknown", conditions } = status ?? {};
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  const requests = spec?.containers?.map(({ resources }) => resources?.requests) ?? [];
  const total = (of: (amounts: Amounts | undefined) => number): number =>
    requests.reduce((sum, amounts) => sum + of(amounts), 0);
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    node: spec?.nodeName ?? null,
    // Such a pod waits for whoever opens its gate, not for room.
    phase: spec?.schedulingGates?.length ? "Gated" : phase,
    ready: isTrue(conditions, "Ready"),
    owner: ownerOf(metadata),
    requests: { cpuCores: total(cores), memoryBytes: total(memory) },
    createdAt: metadata.creationTimestamp ?? "",
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

/** A Deployment names its ReplicaSets after itself and the hash that their pods bear as a label. */
function ownerOf({ ownerReferences, labels }: ApiPod["metadata"]): string | null {
  const owner = ownerReferences?.find(({ controller }) => controller);
  if (!owner) return null;
  const suffix = `-${labels?.["pod-template-hash"]}`;
  return owner.kind === "ReplicaSet" && owner.name.endsWith(suffix)
    ? `Deployment/${owner.name.slice(0, -suffix.length)}`
    : `${owner.kind}/${owner.name}`;
}

export function slimAutoscaler({ metadata, spec, status }: ApiAutoscaler): Autoscaler {
  const ratio = (percent: number | undefined): number | null =>
    percent === undefined ? null : percent / 100;
  const metrics = (spec?.metrics ?? []).flatMap(({ resource }) => {
    const target = ratio(resource?.target?.averageUtilization);
    if (!resource || target === null) return [];
    const seen = status?.currentMetrics?.find((metric) => metric.resource?.name === resource.name);
    return [
      { name: resource.name ?? "", current: ratio(seen?.resource?.current?.averageUtilization), target },
    ];
  });
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    target: `${spec?.scaleTargetRef?.kind ?? ""}/${spec?.scaleTargetRef?.name ?? ""}`,
    min: spec?.minReplicas ?? 1,
    max: spec?.maxReplicas ?? 1,
    current: status?.currentReplicas ?? 0,
    desired: status?.desiredReplicas ?? 0,
    metrics,
  };
}

export function slimEvent(event: ApiEvent): BalancingEvent {
  const { metadata, series, regarding } = event;
  const time = series?.lastObservedTime ?? event.eventTime ?? metadata.creationTimestamp ?? 0;
  return {
    uid: metadata.uid,
    time: new Date(time).toISOString(),
    namespace: regarding?.namespace ?? metadata.namespace ?? "",
    workload: `${regarding?.kind ?? ""}/${regarding?.name ?? ""}`,
    action: event.action ?? "",
    reason: event.reason ?? "",
    type: event.type ?? "Normal",
    note: event.note ?? "",
    count: series?.count ?? 1,
  };
}
