// The room on every node while the plan grows: a workload is placed with all its replicas, or not at all.
import type { PodTemplate, Priority, Resources, Workload } from "../../model.ts";
import type { NodeView } from "../nodes.ts";
import { type World, isPlaceholder } from "../world.ts";
import { Domains } from "./domains.ts";
import { nodeFit } from "./nodeFit.ts";
import { PodsInView } from "./pods.ts";
import { type TopologyRules, topologyRules } from "./topology.ts";

/** Why no node takes a pod, in the order in which a node is asked; the furthest answer of all nodes is reported. */
const stages = [
  "NoNodes",
  "NodeAffinity",
  "Taints",
  "VolumeZone",
  "NoCapacity",
  "HostPort",
  "AntiAffinity",
  "PodAffinity",
  "TopologySpread",
] as const;
export type Misfit = (typeof stages)[number];

export interface Placed {
  /** One for each pod. */
  nodes: NodeView[];
  /** Gives the room back; only the last placement that still stands may be undone. */
  undo: () => void;
}

/** `placed`: how many pods found room before one did not. */
export type Placement = Placed | { misfit: Misfit; placed: number };

export interface PlacingRequest {
  key: string;
  workload: Workload;
  /** As it will be on the destination: with the spot toleration, if it goes there. */
  template: PodTemplate;
  priority: Priority;
  count: number;
  /** Nodes where pods of the workload end their life by this move: their room counts as free for it. */
  leaving: NodeView[];
  /** Nodes not to be used. */
  except?: Set<NodeView>;
}

export class Ledger {
  private readonly free: (Resources & { pods: number })[];
  private readonly usable: Record<Priority, NodeView[]>;
  private readonly view: PodsInView;
  private readonly domains: Domains;
  private readonly ports = new Map<NodeView, Set<number>>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.view = new PodsInView(world);
    this.domains = new Domains(world.nodes);
    this.free = world.nodes.map(({ node }) => ({ ...node.allocatable }));
    for (const view of world.nodes) {
      for (const pod of world.podsByNode.get(view.node.name) ?? []) {
        if (!isPlaceholder(world, pod.workload)) this.take(view, pod.requests);
      }
    }
    const usable = world.nodes.filter(({ standing }) => standing === "usable");
    this.usable = {
      regular: usable.filter(({ priority }) => priority === "regular"),
      spot: usable.filter(({ priority }) => priority === "spot"),
    };
  }

  /** Finds a node for every replica, the emptiest first as the scheduler would, and books them. */
  place(request: PlacingRequest): Placement {
    const { key, workload, template, leaving } = request;
    for (const node of leaving) this.give(node, template.requests);
    const result = this.findNodes(request);
    if ("misfit" in result) {
      for (const node of leaving) this.take(node, template.requests);
      return result;
    }
    const unplan = this.view.plan(key, workload, result.nodes);
    for (const node of result.nodes) for (const port of template.hostPorts) this.portsOf(node).add(port);
    const undo = () => {
      unplan();
      for (const node of result.nodes) {
        this.give(node, template.requests);
        for (const port of template.hostPorts) this.portsOf(node).delete(port);
      }
      for (const node of leaving) this.take(node, template.requests);
    };
    return { nodes: result.nodes, undo };
  }

  private findNodes(request: PlacingRequest): Omit<Placed, "undo"> | Exclude<Placement, Placed> {
    const { key, workload, template, priority, count, except } = request;
    const nodes: NodeView[] = [];
    const fits = nodeFit(template);
    // Costly to prepare, and not asked where there is no room anyway.
    let rules: TopologyRules | undefined;
    const misfitOf = (view: NodeView, share: number): Misfit | undefined => {
      const mismatch = fits(view.node);
      if (mismatch) return mismatch;
      if (share < 0) return "NoCapacity";
      const takesPort = (port: number) => this.portsOf(view).has(port) || nodes.includes(view);
      if (template.hostPorts.some(takesPort)) return "HostPort";
      rules ??= topologyRules(key, workload, this.view, this.domains);
      return rules.mismatch(view);
    };
    while (nodes.length < count) {
      let best: NodeView | undefined;
      let bestShare = -1;
      let furthest = 0;
      for (const view of this.usable[priority]) {
        if (except?.has(view)) continue;
        const share = this.shareLeft(view, template.requests);
        // Worse than the best so far: not worth the dearer questions.
        if (best && share <= bestShare) continue;
        const misfit = misfitOf(view, share);
        if (misfit) {
          furthest = Math.max(furthest, stages.indexOf(misfit));
        } else {
          best = view;
          bestShare = share;
        }
      }
      if (!best) {
        for (const node of nodes) this.give(node, template.requests);
        return { misfit: stages[furthest]!, placed: nodes.length };
      }
      nodes.push(best);
      this.take(best, template.requests);
      rules?.placed(best);
    }
    return { nodes };
  }

  /** What part of the node stays free with one such pod more (0…1, mean of CPU and memory); below 0: no room. */
  shareLeft({ index, node }: NodeView, requests: Resources): number {
    const free = this.free[index]!;
    const cpu = free.cpu - requests.cpu;
    const memory = free.memory - requests.memory;
    if (cpu < 0 || memory < 0 || free.pods < 1) return -1;
    return (cpu / Math.max(1, node.allocatable.cpu) + memory / Math.max(1, node.allocatable.memory)) / 2;
  }

  private take({ index }: NodeView, { cpu, memory }: Resources): void {
    const free = this.free[index]!;
    free.cpu -= cpu;
    free.memory -= memory;
    free.pods -= 1;
  }

  private give({ index }: NodeView, { cpu, memory }: Resources): void {
    const free = this.free[index]!;
    free.cpu += cpu;
    free.memory += memory;
    free.pods += 1;
  }

  private portsOf(view: NodeView): Set<number> {
    let ports = this.ports.get(view);
    if (!ports) {
      const workloads = (this.world.podsByNode.get(view.node.name) ?? []).map(({ workload }) => workload);
      ports = new Set(
        workloads.flatMap((key) => this.world.workloads.get(key ?? "")?.template.hostPorts ?? []),
      );
      this.ports.set(view, ports);
    }
    return ports;
  }
}
