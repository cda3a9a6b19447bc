// What is in the simulated cluster: nodes, workloads and their pods, budgets. What happens to them is in the files beside this.
import { priorityOf } from "../../decide/nodeView.ts";
import {
  type LabelSelector,
  type Node,
  type Pod,
  type Priority,
  type Workload,
  workloadKey,
} from "../../model.ts";
import type { Policy } from "../../policy.ts";

/** A workload with what the API does not show: its load, shared evenly by its running pods. */
export interface SimWorkload {
  workload: Workload;
  /** Counts changes of the template. */
  revision: number;
  /** Millicores and bytes, of all replicas together. */
  load: { cpu: number; memory: number };
  /** Past CPU loads, one per step, for the percentile over the window. */
  history: { at: number; cpu: number }[];
}

export interface SimPod {
  pod: Pod;
  revision: number;
  /** When its containers will be up, once it has a node. */
  readyAt?: number;
}

export interface SimOptions {
  /** From its binding until a pod is ready; images, probes. */
  podStartMs?: number;
  /** Pods of negative priority make room for others that fit nowhere. */
  preempts?: boolean;
  /** A ready pod is taken away although a budget forbids it, and that by a rollout, which asks no budget. */
  onViolation?: (budget: SimBudget, pod: Pod) => void;
}

export interface SimBudget {
  namespace: string;
  name: string;
  selector: LabelSelector;
  minAvailable: number;
}

/** Facts only: it decides and schedules nothing, so that all who do can work on it. */
export class SimState {
  now: number;
  readonly policy: Policy;
  readonly options: SimOptions;
  readonly nodes = new Map<string, Node>();
  readonly workloads = new Map<string, SimWorkload>();
  readonly pods = new Map<string, SimPod>();
  budgets: SimBudget[] = [];
  private readonly byWorkload = new Map<string, Map<string, SimPod>>();
  private created = 0;

  constructor(policy: Policy, now: number, options: SimOptions = {}) {
    this.policy = policy;
    this.now = now;
    this.options = options;
  }

  addWorkload(workload: Workload, load: SimWorkload["load"]): void {
    this.workloads.set(workloadKey(workload), { workload, revision: 1, load, history: [] });
  }

  addPod(key: string, nodeName?: string, createdAt = this.now): void {
    const { workload, revision } = this.workloads.get(key)!;
    const name = `${workload.name}-${++this.created}`;
    const pod: Pod = {
      namespace: workload.namespace,
      name,
      uid: `${key}-${this.created}`,
      labels: workload.template.labels,
      workload: key,
      nodeName,
      ready: nodeName !== undefined,
      createdAt,
      requests: workload.template.requests,
    };
    const id = podId(pod);
    const entry = { pod, revision };
    this.pods.set(id, entry);
    const siblings = this.byWorkload.get(key) ?? new Map<string, SimPod>();
    this.byWorkload.set(key, siblings.set(id, entry));
  }

  removePod(pod: Pick<Pod, "namespace" | "name">): void {
    const id = podId(pod);
    this.byWorkload.get(this.pods.get(id)?.pod.workload ?? "")?.delete(id);
    this.pods.delete(id);
  }

  /** A node that vanishes takes its pods along, as the pod garbage collector sees to. */
  removeNode(name: string): void {
    this.nodes.delete(name);
    for (const { pod } of [...this.pods.values()]) if (pod.nodeName === name) this.removePod(pod);
  }

  podsOf(key: string): SimPod[] {
    return [...(this.byWorkload.get(key)?.values() ?? [])];
  }

  /** Running pods of a workload on nodes of a priority. */
  runningOn(key: string, priority: Priority): number {
    return this.podsOf(key).filter(({ pod }) => {
      const node = this.nodes.get(pod.nodeName ?? "");
      return node?.ready === true && priorityOf(node, this.policy) === priority;
    }).length;
  }
}

export const podId = ({ namespace, name }: Pick<Pod, "namespace" | "name">) => `${namespace}/${name}`;
