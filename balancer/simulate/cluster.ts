// A small cluster in memory: nodes, controllers that roll their pods, a scheduler. It moves only when told to.
import { priorityOf } from "../decide/nodes.ts";
import { isOurPlaceholder } from "../decide/placeholders.ts";
import { isOverPools } from "../decide/split.ts";
import {
  type DisruptionBudget,
  type Move,
  type Node,
  type Plan,
  type Pod,
  type PodTemplate,
  type Priority,
  type Snapshot,
  type Workload,
  emptyState,
  revisionLabel,
  workloadKey,
} from "../model.ts";
import type { Policy } from "../policy.ts";
import { type SimBudget, budgetStatus, budgetsThatForbid } from "./budgets.ts";
import { reconcile } from "./rollout.ts";
import { schedule } from "./scheduler.ts";
import { usageOf } from "./usage.ts";

const minute = 60_000;

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

export class SimCluster {
  now: number;
  readonly policy: Policy;
  readonly options: SimOptions;
  readonly nodes = new Map<string, Node>();
  readonly workloads = new Map<string, SimWorkload>();
  readonly pods = new Map<string, SimPod>();
  budgets: SimBudget[] = [];
  /** Everything the snapshot has that is not simulated. */
  extras: Partial<Snapshot> = {};
  state = emptyState;
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
      resourceVersion: "1",
      labels: workload.template.labels,
      workload: key,
      nodeName,
      ready: nodeName !== undefined,
      createdAt,
      requests: workload.template.requests,
    };
    // Placeholders are born with a scheduling gate.
    if (isOurPlaceholder(pod) && nodeName === undefined) pod.gated = true;
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

  /** As the Eviction API: a disruption budget may refuse. @returns whether the pod is gone */
  evict(pod: Pick<Pod, "namespace" | "name">): boolean {
    const found = this.pods.get(podId(pod));
    if (found && budgetsThatForbid(this, found.pod).length > 0) return false;
    this.removePod(pod);
    return true;
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

  /**
   * Lets time pass, then lets controllers and the scheduler work until nothing changes any more.
   * @param inspect is called whenever the controllers have taken a step of a rollout
   */
  step(milliseconds: number, inspect: (cluster: SimCluster) => void = () => {}): void {
    this.elapse(milliseconds);
    // Each pass replaces at least one pod of whatever is still rolling.
    for (let pass = 0; pass < 100; pass++) {
      const changed = reconcile(this);
      inspect(this);
      if (!schedule(this) && !changed) return;
    }
    throw new Error("the simulated cluster does not come to rest");
  }

  /** Lets time pass, and nothing else happen. */
  elapse(milliseconds: number): void {
    if (milliseconds === 0) return;
    this.now += milliseconds;
    for (const { history, load } of this.workloads.values()) {
      history.push({ at: this.now, cpu: load.cpu });
      while (history[0]!.at < this.now - this.policy.idle.windowMinutes * minute) history.shift();
    }
  }

  /**
   * Does what `act` does.
   * @param crashAfter stops after this many moves, as a killed process would
   */
  carryOut(plan: Plan, crashAfter = Infinity): void {
    this.state = plan.state;
    for (const pod of plan.opens ?? []) delete this.pods.get(podId(pod))?.pod.gated;
    for (const move of plan.moves.slice(0, crashAfter)) {
      const entry = this.workloads.get(workloadKey(move.workload))!;
      for (const pod of [...(move.makesRoom ?? []), ...move.evictions]) this.evict(pod);
      if (!move.placement) continue;
      entry.workload = {
        ...entry.workload,
        placement: move.placement,
        memory: move.memory,
        template: this.placed(entry, move),
      };
      entry.revision++;
    }
  }

  snapshot(): Snapshot {
    const workloads: Workload[] = [];
    const pods: Pod[] = [];
    for (const [key, entry] of this.workloads) {
      const own = this.podsOf(key);
      workloads.push(observed(entry, own));
      const usage = usageOf(entry, own, this.policy, this.now);
      for (const { pod } of own)
        pods.push(pod.nodeName === undefined ? { ...pod } : { ...pod, ...usage(pod) });
    }
    return {
      disruptionBudgets: this.budgetStatuses(),
      autoscalers: [],
      namespaces: [],
      poolHealth: [],
      ...this.extras,
      nodes: [...this.nodes.values()],
      workloads,
      pods,
      state: this.state,
    };
  }

  budgetStatuses(): DisruptionBudget[] {
    return this.budgets.map((budget) => budgetStatus(this, budget));
  }

  /** Split workloads get a label that tells their new pods from the old ones, as the real controllers give. */
  private placed({ workload, revision }: SimWorkload, { placement, split }: Move): PodTemplate {
    const { template, kind } = workload;
    const others = template.topologySpread.filter((each) => !isOverPools(each, this.policy));
    const placed = { ...template, tolerations: this.tolerations(placement!), topologySpread: others };
    if (!split) return placed;
    const revisionOf = revisionLabel[kind]!;
    const labels = { ...template.labels, [revisionOf]: String(revision + 1) };
    const selector = Object.entries(labels).map(([key, value]) => ({
      key,
      operator: "In" as const,
      values: [value],
    }));
    const { topologyKey, maxSkew } = split;
    const constraint = { topologyKey, maxSkew, honorsTaints: true, selector };
    return { ...placed, labels, topologySpread: [...others, constraint] };
  }

  private tolerations(placement: Priority): Workload["template"]["tolerations"] {
    const { taint } = this.policy.pools.spot;
    return placement === "spot" && taint ? [{ ...taint, operator: "Equal" }] : [];
  }
}

const podId = ({ namespace, name }: Pick<Pod, "namespace" | "name">) => `${namespace}/${name}`;

function observed({ workload, revision }: SimWorkload, pods: SimPod[]): Workload {
  return {
    ...workload,
    resourceVersion: String(revision),
    status: {
      generation: revision,
      observedGeneration: revision,
      replicas: pods.length,
      // A ReplicaSet replaces no pod by itself, and does not count which are old.
      updated: pods.filter((each) => each.revision === revision || workload.kind === "ReplicaSet").length,
      available: pods.filter(({ pod }) => pod.ready).length,
    },
  };
}
