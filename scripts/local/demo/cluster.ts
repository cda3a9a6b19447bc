// What the demo sees of the cluster, and does to it.
import { AutoscalingV2Api, type KubeConfig } from "@kubernetes/client-node";
import { type Decision, viewCluster } from "../scenario/clusterView.ts";
import { requestRound } from "../scenario/rounds.ts";
import { type Usage, readUsage, setUsage } from "../scenario/usage.ts";

/** A HorizontalPodAutoscaler; replicas. */
export interface Autoscaler {
  name: string;
  min: number;
  current: number;
  desired: number;
}

export interface DemoCluster {
  autoscalers(namespace: string): Promise<Autoscaler[]>;
  /** The balancer's, of all namespaces, oldest first. */
  decisions(): Promise<Decision[]>;
  /** Asks the balancer for a round now, so that nobody waits for the minute. */
  requestRound(): Promise<void>;
  readUsage(namespace: string, workloads: readonly string[]): Promise<Usage>;
  setUsage(namespace: string, usage: Usage): Promise<void>;
}

export function demoCluster(config: KubeConfig): DemoCluster {
  const autoscaling = config.makeApiClient(AutoscalingV2Api);
  const view = viewCluster(config);
  return {
    async autoscalers(namespace) {
      const { items } = await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace });
      return items.map(({ metadata, spec, status }) => ({
        name: metadata?.name ?? "",
        min: spec.minReplicas ?? 1,
        current: status?.currentReplicas ?? 0,
        desired: status?.desiredReplicas ?? 0,
      }));
    },
    decisions: () => view.decisions(),
    requestRound: async () => void (await requestRound(config, Date.now())),
    readUsage: (namespace, workloads) => readUsage(config, namespace, workloads),
    setUsage: (namespace, usage) => setUsage(config, namespace, usage),
  };
}
