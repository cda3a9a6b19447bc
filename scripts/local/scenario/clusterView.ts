// What the scenario sees of the cluster: where pods run, what the balancer said. It only reads.
import {
  AppsV1Api,
  CoreV1Api,
  EventsV1Api,
  type EventsV1Event,
  type KubeConfig,
  type V1Node,
  type V1Pod,
} from "@kubernetes/client-node";
import { parseCpu } from "../../../balancer/kube/quantity.ts";

export type Priority = "regular" | "spot" | "system";

/** A pod as a line of the scenario needs it. */
export interface PlacedPod {
  namespace: string;
  name: string;
  node: string | undefined;
  priority: Priority | undefined;
  ready: boolean;
}

/** A pod on spot, as a bill sees it. */
export interface SpotPod {
  /** Its CPU request as a share of the node's CPUs, 0…1. */
  cpuShare: number;
  vmSize: string;
  region: string;
}

/** What the balancer said of a workload, from its Kubernetes Events. */
export interface Decision {
  /** Last time it was said, ms since 1970. */
  at: number;
  namespace: string;
  workload: string;
  /** `MoveToSpot`, `MoveToRegular`, `Evict`, `Refuse` */
  action: string;
  /** It moved something: a refusal does not, nor a move that failed, as where somebody else wrote meanwhile. */
  isMove: boolean;
  reason: string;
  message: string;
}

export interface ClusterView {
  /** Pods that are not on their way out, of one workload (by its selector) or of a whole namespace. */
  pods(namespace: string, deployment?: string): Promise<PlacedPod[]>;
  spotPods(namespace: string): Promise<SpotPod[]>;
  /** The balancer's decisions, oldest first. */
  decisions(namespace?: string): Promise<Decision[]>;
  /** `spec.replicas` of a deployment. */
  replicas(namespace: string, deployment: string): Promise<number>;
}

const balancer = "spot-balancer";

/** The pool's kind from AKS' labels: the system pool by its mode, the others by their priority. */
export function priorityOf(node: V1Node | undefined): Priority | undefined {
  if (!node) return undefined;
  const labels = node.metadata?.labels ?? {};
  if (labels["kubernetes.azure.com/mode"] === "system") return "system";
  return labels["kubernetes.azure.com/scalesetpriority"] === "spot" ? "spot" : "regular";
}

/** An Event of the balancer as a decision; a repeated one counts at its last time. */
export function toDecision(event: EventsV1Event): Decision {
  const at = event.series?.lastObservedTime ?? event.eventTime ?? event.deprecatedLastTimestamp;
  return {
    at: at ? new Date(at).getTime() : 0,
    namespace: event.regarding?.namespace ?? "",
    workload: event.regarding?.name ?? "",
    action: event.action ?? "",
    isMove: event.action !== "Refuse" && event.type !== "Warning",
    reason: event.reason ?? "",
    message: event.note ?? "",
  };
}

function toSpotPod({ spec }: V1Pod, { metadata, status }: V1Node): SpotPod {
  const requested =
    spec?.containers.map(({ resources }) => parseCpu(resources?.requests?.["cpu"] ?? "0")) ?? [];
  return {
    cpuShare: requested.reduce((sum, cpu) => sum + cpu, 0) / parseCpu(status?.capacity?.["cpu"] ?? "1"),
    vmSize: metadata?.labels?.["node.kubernetes.io/instance-type"] ?? "an unknown size",
    region: metadata?.labels?.["topology.kubernetes.io/region"] ?? "an unknown region",
  };
}

const isReady = (pod: V1Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

export function viewCluster(config: KubeConfig): ClusterView {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const events = config.makeApiClient(EventsV1Api);

  const nodesByName = async (): Promise<Map<string, V1Node>> => {
    const { items } = await core.listNode();
    return new Map(items.map((node) => [node.metadata?.name ?? "", node]));
  };

  return {
    async pods(namespace, deployment) {
      const labelSelector = deployment && (await selectorOf(namespace, deployment));
      const [{ items }, nodes] = await Promise.all([
        core.listNamespacedPod({ namespace, labelSelector }),
        nodesByName(),
      ]);
      return items
        .filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase !== "Succeeded")
        .map((pod) => ({
          namespace,
          name: pod.metadata?.name ?? "",
          node: pod.spec?.nodeName,
          priority: priorityOf(nodes.get(pod.spec?.nodeName ?? "")),
          ready: isReady(pod),
        }));
    },
    async spotPods(namespace) {
      const [{ items }, nodes] = await Promise.all([core.listNamespacedPod({ namespace }), nodesByName()]);
      return items.flatMap((pod) => {
        const node = nodes.get(pod.spec?.nodeName ?? "");
        return node && priorityOf(node) === "spot" ? [toSpotPod(pod, node)] : [];
      });
    },
    async decisions(namespace) {
      const { items } = namespace
        ? await events.listNamespacedEvent({ namespace })
        : await events.listEventForAllNamespaces();
      return items
        .filter(({ reportingController }) => reportingController === balancer)
        .map(toDecision)
        .sort((a, b) => a.at - b.at);
    },
    async replicas(namespace, name) {
      return (await apps.readNamespacedDeployment({ namespace, name })).spec?.replicas ?? 1;
    },
  };

  async function selectorOf(namespace: string, name: string): Promise<string> {
    const { spec } = await apps.readNamespacedDeployment({ namespace, name });
    return Object.entries(spec?.selector.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  }
}
