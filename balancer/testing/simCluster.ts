// A small cluster in memory: nodes, controllers that roll their pods, a scheduler. It moves only when told to.
import { isOverPools } from "../decide/split.ts";
import { spotTolerations } from "../decide/tolerations.ts";
import {
  type DisruptionBudget,
  type Move,
  type Plan,
  type Pod,
  type PodTemplate,
  type Priority,
  type Resources,
  type Snapshot,
  type Workload,
  emptyState,
  emptyTemplate,
  revisionLabel,
  workloadKey,
} from "../model.ts";
import { budgetStatus, budgetsThatForbid } from "./simCluster/budgets.ts";
import { reconcile } from "./simCluster/rollout.ts";
import { schedule } from "./simCluster/scheduler.ts";
import { type SimPod, SimState, type SimWorkload, podId } from "./simCluster/state.ts";
import { usageOf } from "./simCluster/usage.ts";

const minute = 60_000;

export class SimCluster extends SimState {
  /** Everything the snapshot has that is not simulated. */
  extras: Partial<Snapshot> = {};
  state = emptyState;

  allowsEviction(pod: Pod): boolean {
    return budgetsThatForbid(this, pod).length === 0;
  }

  /** As the Eviction API: a disruption budget may refuse. @returns whether the pod is gone */
  evict(pod: Pick<Pod, "namespace" | "name">): boolean {
    const found = this.pods.get(podId(pod));
    if (found && !this.allowsEviction(found.pod)) return false;
    this.removePod(pod);
    return true;
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
    for (const pod of plan.ask?.remove ?? []) this.removePod(pod);
    for (const { requests, count } of plan.ask?.create ?? []) this.addPlaceholders(requests, count);
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

  /** Bare pods that require spot, of a template of their own for each size. */
  private addPlaceholders(requests: Resources, count: number): void {
    const { nodeLabels, taint } = this.policy.pools.spot;
    const ref = { kind: "Placeholder", namespace: "placeholder", name: `${requests.cpu}-${requests.memory}` };
    const key = workloadKey(ref);
    if (!this.workloads.has(key)) {
      const template: PodTemplate = {
        ...emptyTemplate,
        requests,
        priority: -10,
        labels: { "spot-balancer/placeholder": "true" },
        nodeSelector: nodeLabels,
        tolerations: taint ? [{ ...taint, operator: "Equal" }] : [],
      };
      const status = { generation: 1, observedGeneration: 1, replicas: 0, updated: 0, available: 0 };
      const update = { type: "RollingUpdate" as const, maxSurge: 0, maxUnavailable: 0 };
      this.addWorkload(
        { ...ref, uid: key, labels: {}, placement: "regular", replicas: 0, status, update, template },
        { cpu: 0, memory: 0 },
      );
    }
    for (let i = 0; i < count; i++) this.addPod(key);
  }

  snapshot(): Snapshot {
    const workloads: Workload[] = [];
    const pods: Pod[] = [];
    for (const [key, entry] of this.workloads) {
      const own = this.podsOf(key);
      if (entry.workload.kind === "Placeholder") {
        for (const { pod } of own) pods.push({ ...pod, workload: undefined });
        continue;
      }
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
    return placement === "spot" ? spotTolerations(this.policy) : [];
  }
}

function observed({ workload, revision }: SimWorkload, pods: SimPod[]): Workload {
  return {
    ...workload,
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
