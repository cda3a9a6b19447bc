// What the scenario sees of the cluster: where pods run, what the balancer said. It only reads.
import {
  AppsV1Api,
  CoreV1Api,
  EventsV1Api,
  type EventsV1Event,
  type KubeConfig,
  type V1Pod,
} from "@kubernetes/client-node";

export type Priority = "regular" | "spot" | "system";

/** A pod as a line of the scenario needs it. */
export interface PlacedPod {
  namespace: string;
  name: string;
  node: string | undefined;
  priority: Priority | undefined;
  ready: boolean;
}

/** What the balancer said of a workload, from its Kubernetes Events. */
export interface Decision {
  /** Last time it was said, ms since 1970. */
  at: number;
  namespace: string;
  workload: string;
  /** `MoveToSpot`, `MoveToRegular`, `Evict`, `Refuse` */
  action: string;
  reason: string;
  message: string;
}

export interface ClusterView {
  /** Pods that are not on their way out, of one workload (by its selector) or of a whole namespace. */
  pods(namespace: string, deployment?: string): Promise<PlacedPod[]>;
  /** Names of nodes by pool. */
  nodes(): Promise<Map<string, Priority>>;
  /** The balancer's decisions, oldest first. */
  decisions(namespace?: string): Promise<Decision[]>;
  /** `spec.replicas` of a deployment. */
  replicas(namespace: string, deployment: string): Promise<number>;
}

const balancer = "spot-balancer";

/** The pool's kind from AKS' labels: the system pool by its mode, the others by their priority. */
export function priorityOf(labels: Record<string, string> = {}): Priority {
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
    reason: event.reason ?? "",
    message: event.note ?? "",
  };
}

const isReady = (pod: V1Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

export function viewCluster(config: KubeConfig): ClusterView {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const events = config.makeApiClient(EventsV1Api);

  const nodes = async (): Promise<Map<string, Priority>> => {
    const { items } = await core.listNode();
    return new Map(items.map(({ metadata }) => [metadata?.name ?? "", priorityOf(metadata?.labels)]));
  };

  return {
    nodes,
    async pods(namespace, deployment) {
      const labelSelector = deployment && (await selectorOf(namespace, deployment));
      const [{ items }, priorities] = await Promise.all([
        core.listNamespacedPod({ namespace, labelSelector }),
        nodes(),
      ]);
      return items
        .filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase !== "Succeeded")
        .map((pod) => ({
          namespace,
          name: pod.metadata?.name ?? "",
          node: pod.spec?.nodeName,
          priority: priorities.get(pod.spec?.nodeName ?? ""),
          ready: isReady(pod),
        }));
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
