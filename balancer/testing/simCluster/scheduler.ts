// The simulated cluster's scheduler: filters, then taints that advise, preferred spot, the emptiest node; preemption at last.
import { priorityOf } from "../../decide/nodeView.ts";
import type { Node, Pod, PodTemplate, Resources } from "../../model.ts";
import type { Policy } from "../../policy.ts";
import type { SimState, SimPod } from "./state.ts";
import { type BoundPod, tolerates, unfit } from "./feasible.ts";

interface Taken extends Resources {
  pods: number;
}

interface ViewedPod extends BoundPod {
  pod: Pod;
}

/** Binds what it can, and marks the rest as unschedulable. @returns whether a pod was bound, or became (un)ready */
export function schedule(cluster: SimState): boolean {
  let changed = false;
  const waiting: SimPod[] = [];
  for (const entry of cluster.pods.values()) {
    const { pod, readyAt = 0 } = entry;
    if (pod.nodeName === undefined) {
      if (!pod.gated) waiting.push(entry);
      continue;
    }
    const ready = cluster.now >= readyAt && (cluster.nodes.get(pod.nodeName)?.ready ?? false);
    if (pod.ready !== ready) changed = true;
    pod.ready = ready;
  }
  if (waiting.length === 0) return changed;
  const view = new View(cluster);
  for (const entry of byPriority(cluster, waiting)) {
    const best = view.best(entry.pod) ?? (cluster.options.preempts ? view.preempt(entry.pod) : undefined);
    if (!best) {
      entry.pod.unschedulableSince ??= cluster.now;
      continue;
    }
    view.bind(entry, best);
    changed = true;
  }
  return changed;
}

function byPriority({ workloads }: SimState, waiting: SimPod[]): SimPod[] {
  const priority = ({ pod }: SimPod) => workloads.get(pod.workload!)!.workload.template.priority;
  return waiting.toSorted((a, b) => priority(b) - priority(a));
}

/** Where all bound pods are, kept up to date while more are bound. */
export class View {
  private readonly cluster: SimState;
  private readonly nodes: Node[] = [];
  private readonly closed = new Set<string>();
  private bound: ViewedPod[] = [];
  private taken = new Map<string, Taken>();

  constructor(cluster: SimState) {
    this.cluster = cluster;
    for (const node of cluster.nodes.values()) this.addNode(node);
    for (const { pod } of cluster.pods.values())
      if (pod.nodeName !== undefined) this.add(this.toBoundPod(pod));
  }

  /** A node that is really there, or only thought of. */
  addNode(node: Node): void {
    this.nodes.push(node);
    this.taken.set(node.name, { cpu: 0, memory: 0, pods: 0 });
  }

  /** Would it fit on such a node, were it there, and empty? */
  wouldFit(pod: Pod, node: Node): boolean {
    const candidate = this.toBoundPod(pod);
    return unfit(candidate, node, this.bound, [...this.nodes, node]) === undefined;
  }

  /** The node that the scheduler would choose; undefined: it fits nowhere. */
  best(pod: Pod): Node | undefined {
    const candidate = this.toBoundPod(pod);
    let best: { node: Node; preference: number } | undefined;
    for (const node of this.nodes) {
      if (this.closed.has(node.name)) continue;
      const preference = this.preference(pod, node);
      if (preference === undefined || (best && best.preference >= preference)) continue;
      if (unfit(candidate, node, this.bound, this.nodes) === undefined) best = { node, preference };
    }
    return best?.node;
  }

  bind(entry: SimPod, { name, ready }: Node): void {
    const { now, options } = this.cluster;
    entry.pod.nodeName = name;
    entry.readyAt = now + (options.podStartMs ?? 0);
    entry.pod.ready = ready && entry.readyAt <= now;
    delete entry.pod.unschedulableSince;
    this.add(this.toBoundPod(entry.pod));
  }

  /** Takes room for a pod that is not really bound there. */
  assume(pod: Pod, node: Node): void {
    this.add({ ...this.toBoundPod(pod), node });
  }

  /**
   * Closes a node, whose pods take room elsewhere. It still counts as a domain, as it does where the autoscaler simulates
   * (`findPlaceFor` in cluster-autoscaler/simulator/cluster.go). @returns false: there is not enough room, nothing has changed
   */
  vacate({ name }: Node): boolean {
    const { bound, taken } = this;
    this.closed.add(name);
    this.bound = bound.filter(({ node }) => node?.name !== name);
    this.taken = new Map([...taken].map(([key, value]) => [key, { ...value }]));
    const isDone = bound
      .filter(({ node }) => node?.name === name)
      .every(({ pod }) => {
        const node = this.best(pod);
        if (node) this.assume(pod, node);
        return node !== undefined;
      });
    if (isDone) return true;
    this.closed.delete(name);
    Object.assign(this, { bound, taken });
    return false;
  }

  /** Removes pods that only keep room, as few of a node as it takes for the pod to fit there. */
  preempt(pod: Pod): Node | undefined {
    if (this.isPlaceholder(pod)) return undefined;
    for (const node of this.nodes) {
      const keepers = [...this.cluster.pods.values()]
        .map((entry) => entry.pod)
        .filter((other) => other.nodeName === node.name && this.isPlaceholder(other));
      if (keepers.length === 0) continue;
      for (const keeper of keepers) this.remove(keeper);
      const fits = this.fits(pod, node);
      const victims = keepers.filter((keeper) => {
        this.add(this.toBoundPod(keeper));
        if (!fits || this.fits(pod, node)) return false;
        this.remove(keeper);
        return true;
      });
      for (const victim of victims) this.cluster.removePod(victim);
      if (fits) return node;
    }
    return undefined;
  }

  private isPlaceholder({ workload }: Pod): boolean {
    return this.cluster.workloads.get(workload!)!.workload.template.priority < 0;
  }

  private fits(pod: Pod, node: Node): boolean {
    if (this.preference(pod, node) === undefined) return false;
    return unfit(this.toBoundPod(pod), node, this.bound, this.nodes) === undefined;
  }

  private add(entry: ViewedPod): void {
    this.bound.push(entry);
    this.count(entry, 1);
  }

  private remove(pod: Pod): void {
    const { template, node } = this.toBoundPod(pod);
    const index = this.bound.findIndex((each) => each.template === template && each.node === node);
    this.count(this.bound.splice(index, 1)[0]!, -1);
  }

  private count({ node, template: { requests } }: BoundPod, sign: 1 | -1): void {
    const taken = this.taken.get(node?.name ?? "");
    if (!taken) return;
    taken.cpu += sign * requests.cpu;
    taken.memory += sign * requests.memory;
    taken.pods += sign;
  }

  private toBoundPod(pod: Pod): ViewedPod {
    const { template: newest } = this.cluster.workloads.get(pod.workload!)!.workload;
    const template = pod.labels === newest.labels ? newest : { ...newest, labels: pod.labels };
    return { pod, namespace: pod.namespace, template, node: this.cluster.nodes.get(pod.nodeName ?? "") };
  }

  /** Undefined: no room. */
  private preference({ requests, workload }: Pod, node: Node): number | undefined {
    const { allocatable, name } = node;
    const taken = this.taken.get(name)!;
    const cpu = taken.cpu + requests.cpu;
    const memory = taken.memory + requests.memory;
    if (cpu > allocatable.cpu || memory > allocatable.memory || taken.pods + 1 > allocatable.pods)
      return undefined;
    const { policy, workloads } = this.cluster;
    const { placement, template } = workloads.get(workload!)!.workload;
    const wants = { template: { ...template, requests }, wantsSpot: placement === "spot" };
    return taste(wants, node, taken, policy);
  }
}

/**
 * How much the scheduler likes a node, by the weights of its default plugins: taints that only advise against it (3), our
 * preferred affinity (2), and the larger part left free with the pod on it (1). Held against kube-scheduler in
 * scripts/simulate/scheduler.cluster.test.ts.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/scheduler/apis/config/v1/default_plugins.go
 */
export function taste(
  { template, wantsSpot }: { template: PodTemplate; wantsSpot: boolean },
  node: Node,
  taken: Resources,
  policy: Policy,
): number {
  const { allocatable, taints } = node;
  const advice = taints.filter(({ effect }) => effect === "PreferNoSchedule");
  const isAdvisedAgainst = advice.some((taint) => !tolerates(template, taint));
  const isLiked = wantsSpot && priorityOf(node, policy) === "spot";
  const cpu = (taken.cpu + template.requests.cpu) / allocatable.cpu;
  const memory = (taken.memory + template.requests.memory) / allocatable.memory;
  return (isAdvisedAgainst ? 0 : 3) + (isLiked ? 2 : 0) + 1 - (cpu + memory) / 2;
}
