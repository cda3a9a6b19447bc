// HorizontalPodAutoscalers of the simulation: replicas follow the CPU load, down only after it has been low for a while.
import type { Autoscaler } from "../../balancer/model.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";

/** Kubernetes' defaults: no change within a tenth of the target, and down only to what five minutes have wanted. */
const tolerance = 0.1;
const stabilizationMs = 5 * 60_000;

export class HorizontalAutoscaler {
  private readonly key: string;
  private readonly spec: { min: number; max: number; cpuUtilization: number };
  private wishes: { at: number; replicas: number }[] = [];
  private lastScaleAt?: number;

  /** @param key of a workload in the cluster */
  constructor(key: string, spec: { min: number; max: number; cpuUtilization: number }) {
    this.key = key;
    this.spec = spec;
  }

  scale(cluster: SimCluster): void {
    const entry = cluster.workloads.get(this.key)!;
    const { replicas, template } = entry.workload;
    const ratio = entry.load.cpu / (this.spec.cpuUtilization * template.requests.cpu * replicas);
    const wished = Math.abs(ratio - 1) <= tolerance ? replicas : Math.ceil(ratio * replicas);
    const bounded = Math.min(this.spec.max, Math.max(this.spec.min, wished));
    this.wishes = this.wishes.filter(({ at }) => at > cluster.now - stabilizationMs);
    this.wishes.push({ at: cluster.now, replicas: bounded });
    const highest = Math.max(...this.wishes.map((wish) => wish.replicas));
    const desired = bounded > replicas ? bounded : Math.min(replicas, highest);
    if (desired === replicas) return;
    entry.workload = { ...entry.workload, replicas: desired };
    this.lastScaleAt = cluster.now;
  }

  status({ workloads }: SimCluster): Autoscaler {
    const { kind, namespace, name, replicas } = workloads.get(this.key)!.workload;
    return {
      namespace,
      name,
      target: { kind, name },
      minReplicas: this.spec.min,
      maxReplicas: this.spec.max,
      currentReplicas: replicas,
      desiredReplicas: replicas,
      ...(this.lastScaleAt !== undefined && { lastScaleAt: this.lastScaleAt }),
    };
  }
}
