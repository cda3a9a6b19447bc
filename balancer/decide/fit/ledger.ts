// The room on every node while the plan grows: a workload is placed with all its replicas, or not at all.
import type { Pod, Priority, Resources } from "../../model.ts";
import type { NodeView } from "../nodeView.ts";
import { Placeholders, isOurPlaceholder } from "../placeholders.ts";
import { isTrusted } from "../spotHealth.ts";
import { withoutSplit } from "../split.ts";
import { isPlaceholder } from "../podRoles.ts";
import type { World } from "../world.ts";
import { Domains } from "./domains.ts";
import { PodsInView } from "./podsInView.ts";
import { type NotPlaced, type PlacingRequest, type Room, findNodes } from "./search.ts";
import { type TopologyRules, topologyRules } from "./topology.ts";

export interface Placed {
  /** One for each pod. */
  nodes: NodeView[];
  /** How many more there will have to be. */
  growsBy?: number;
  /** Placeholders of ours that have to go first. */
  evicted: Pod[];
  /** Gives the room back. */
  undo: () => void;
}

/** One that may be booked again, on the same nodes, after it was taken back. */
export interface Standing extends Placed {
  redo: () => void;
}

export class Ledger implements Room {
  private readonly free: (Resources & { pods: number })[];
  private readonly byPriority: Record<Priority, NodeView[]>;
  private readonly pods: PodsInView;
  private readonly domains: Domains;
  private readonly ports = new Map<NodeView, Set<number>>();
  private readonly placeholders = new Placeholders();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.pods = new PodsInView(world);
    this.domains = new Domains(world.nodes);
    this.free = world.nodes.map(({ node }) => ({ ...node.allocatable }));
    for (const view of world.nodes) {
      for (const pod of world.podsByNode.get(view.node.name) ?? []) {
        const isOurs = isOurPlaceholder(pod);
        // On regular the scheduler preempts any placeholder; on spot only ours make room, since we evict them.
        if (isOurs) this.placeholders.add(view, pod);
        else if (view.priority === "spot" || !isPlaceholder(world, pod.workload))
          this.take(view, pod.requests);
      }
    }
    const usable = world.nodes.filter(({ standing }) => standing === "usable");
    this.byPriority = {
      regular: usable.filter(({ priority }) => priority === "regular"),
      spot: usable.filter((view) => view.priority === "spot" && isTrusted(view, world.spot)),
    };
  }

  /** Finds a node for every replica and books its room. */
  place(request: PlacingRequest): Standing | NotPlaced {
    const { template, leaving } = request;
    for (const view of leaving) this.give(view, template.requests);
    const nodes = findNodes(request, this);
    if (!Array.isArray(nodes)) {
      for (const view of leaving) this.take(view, template.requests);
      return nodes;
    }
    // The search has taken their room already.
    let end = this.stand(request, nodes);
    const undo = () => {
      end.undo();
      for (const view of nodes) this.give(view, template.requests);
      for (const view of leaving) this.take(view, template.requests);
    };
    const redo = () => {
      for (const view of leaving) this.give(view, template.requests);
      for (const view of nodes) this.take(view, template.requests);
      end = this.stand(request, nodes);
    };
    return { nodes, evicted: end.evicted, undo, redo };
  }

  /** Everything but the room itself: what others see of these pods, their ports, and the placeholders that go. */
  private stand({ key, workload, template }: PlacingRequest, nodes: NodeView[]) {
    const unplan = this.pods.plan(key, workload, nodes);
    for (const view of nodes) for (const port of template.hostPorts) this.portsOf(view).add(port);
    const cleared = [...new Set(nodes)].map((view) => {
      const gone = this.placeholders.makeRoom(view, this.free[view.index]!);
      return { view, gone };
    });
    const undo = () => {
      for (const { view, gone } of cleared) this.placeholders.restore(view, gone);
      unplan();
      for (const view of nodes) for (const port of template.hostPorts) this.portsOf(view).delete(port);
    };
    return { evicted: cleared.flatMap(({ gone }) => gone), undo };
  }

  usable(priority: Priority): NodeView[] {
    return this.byPriority[priority];
  }

  shareLeft(view: NodeView, requests: Resources): number {
    const { index, node } = view;
    const free = this.free[index]!;
    const cpu = free.cpu - requests.cpu;
    const memory = free.memory - requests.memory;
    if (cpu < 0 || memory < 0 || free.pods < 1) return -1;
    const kept = this.placeholders.on(view);
    const share = (ofCpu: number, ofMemory: number) =>
      (ofCpu / Math.max(1, node.allocatable.cpu) + ofMemory / Math.max(1, node.allocatable.memory)) / 2;
    const needsTheirs = kept.cpu > cpu || kept.memory > memory || kept.pods > free.pods - 1;
    return needsTheirs ? share(cpu, memory) : 1 + share(cpu - kept.cpu, memory - kept.memory);
  }

  take({ index }: NodeView, { cpu, memory }: Resources): void {
    const free = this.free[index]!;
    free.cpu -= cpu;
    free.memory -= memory;
    free.pods -= 1;
  }

  give({ index }: NodeView, { cpu, memory }: Resources): void {
    const free = this.free[index]!;
    free.cpu += cpu;
    free.memory += memory;
    free.pods += 1;
  }

  rules({ key, workload, evicted }: PlacingRequest): TopologyRules {
    return topologyRules(key, withoutSplit(workload, this.world.policy), this.pods, this.domains, evicted);
  }

  portsOf(view: NodeView): Set<number> {
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
