// A small cluster in memory: nodes, controllers that roll their pods, a scheduler. It moves only when told to.
import { priorityOf } from "../decide/nodes.ts";
import { matches } from "../decide/selectors.ts";
import {
  type DisruptionBudget,
  type LabelSelector,
  type Node,
  type Plan,
  type Pod,
  type Priority,
  type Snapshot,
  type Workload,
  emptyState,
  workloadKey,
} from "../model.ts";
import type { Policy } from "../policy.ts";
import { reconcile } from "./rollout.ts";
import { schedule } from "./scheduler.ts";

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
}

export interface SimBudget {
  namespace: string;
  name: string;
  selector: LabelSelector;
  minAvailable: number;
}

export class SimCluster {
  now: number;
  readonly policy: Policy;
  readonly nodes = new Map<string, Node>();
  readonly workloads = new Map<string, SimWorkload>();
  readonly pods = new Map<string, SimPod>();
  budgets: SimBudget[] = [];
  /** Everything the snapshot has that is not simulated. */
  extras: Partial<Snapshot> = {};
  state = emptyState;
  private created = 0;

  constructor(policy: Policy, now: number) {
    this.policy = policy;
    this.now = now;
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
    this.pods.set(`${pod.namespace}/${name}`, { pod, revision });
  }

  /** A node that vanishes takes its pods along, as the pod garbage collector sees to. */
  removeNode(name: string): void {
    this.nodes.delete(name);
    for (const [id, { pod }] of this.pods) if (pod.nodeName === name) this.pods.delete(id);
  }

  podsOf(key: string): SimPod[] {
    return [...this.pods.values()].filter(({ pod }) => pod.workload === key);
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
    this.now += milliseconds;
    for (const { history, load } of this.workloads.values()) {
      history.push({ at: this.now, cpu: load.cpu });
      while (history[0]!.at < this.now - this.policy.idle.windowMinutes * minute) history.shift();
    }
    // Each pass replaces at least one pod of whatever is still rolling.
    for (let pass = 0; pass < 100; pass++) {
      const changed = reconcile(this);
      inspect(this);
      if (!schedule(this) && !changed) return;
    }
    throw new Error("the simulated cluster does not come to rest");
  }

  /**
   * Does what `act` does.
   * @param crashAfter stops after this many moves, as a killed process would
   */
  carryOut(plan: Plan, crashAfter = Infinity): void {
    this.state = plan.state;
    for (const move of plan.moves.slice(0, crashAfter)) {
      const entry = this.workloads.get(workloadKey(move.workload))!;
      for (const { namespace, name } of move.evictions) this.pods.delete(`${namespace}/${name}`);
      if (!move.placement) continue;
      entry.workload = {
        ...entry.workload,
        placement: move.placement,
        memory: move.memory,
        template: { ...entry.workload.template, tolerations: this.tolerations(move.placement) },
      };
      entry.revision++;
    }
  }

  snapshot(): Snapshot {
    const pods = [...this.pods.values()].map(({ pod }) => ({ ...pod, ...this.usage(pod) }));
    return {
      disruptionBudgets: this.budgetStatuses(),
      autoscalers: [],
      namespaces: [],
      poolHealth: [],
      ...this.extras,
      nodes: [...this.nodes.values()],
      workloads: [...this.workloads.keys()].map((key) => this.observed(key)),
      pods,
      state: this.state,
    };
  }

  budgetStatuses(): DisruptionBudget[] {
    return this.budgets.map((budget) => this.budgetStatus(budget));
  }

  /** As the disruption controller counts: healthy pods above the minimum may be taken. */
  private budgetStatus({ namespace, name, selector, minAvailable }: SimBudget): DisruptionBudget {
    const healthy = [...this.pods.values()].filter(
      ({ pod }) => pod.namespace === namespace && pod.ready && matches(selector, pod.labels),
    ).length;
    return {
      namespace,
      name,
      selector,
      currentHealthy: healthy,
      desiredHealthy: minAvailable,
      disruptionsAllowed: Math.max(0, healthy - minAvailable),
    };
  }

  private tolerations(placement: Priority): Workload["template"]["tolerations"] {
    const { taint } = this.policy.pools.spot;
    return placement === "spot" && taint ? [{ ...taint, operator: "Equal" }] : [];
  }

  private observed(key: string): Workload {
    const { workload, revision } = this.workloads.get(key)!;
    const pods = this.podsOf(key);
    return {
      ...workload,
      resourceVersion: String(revision),
      status: {
        generation: revision,
        observedGeneration: revision,
        replicas: pods.length,
        updated: pods.filter((each) => each.revision === revision).length,
        available: pods.filter(({ pod }) => pod.ready).length,
      },
    };
  }

  private usage(pod: Pod): Pick<Pod, "usage"> {
    const entry = this.workloads.get(pod.workload!)!;
    const running = this.podsOf(pod.workload!).filter((each) => each.pod.nodeName !== undefined).length;
    if (pod.nodeName === undefined || running === 0) return {};
    const { percentile, windowMinutes } = this.policy.idle;
    const past = entry.history.map(({ cpu }) => cpu).sort((a, b) => a - b);
    const overWindow = past[Math.max(0, Math.ceil(percentile * past.length) - 1)] ?? entry.load.cpu;
    return {
      usage: {
        cpu: entry.load.cpu / running,
        memory: entry.load.memory / running,
        cpuOverWindow: overWindow / running,
        samples: Math.min(windowMinutes, Math.floor((this.now - pod.createdAt) / minute)) * 4,
        sampledAt: this.now - 15_000,
      },
    };
  }
}
