// The room on every node while the plan grows: a workload is placed with all its replicas, or not at all.
import type { Attachments, HostPort, Pod, Priority, Resources, Workload } from "../../model.ts";
import type { NodeView } from "../nodeView.ts";
import { Placeholders } from "../placeholders.ts";
import { isOurPlaceholder } from "../podRoles.ts";
import { isTrusted } from "../spotHealth.ts";
import { withoutSplit } from "../split.ts";
import { isPlaceholder } from "../podRoles.ts";
import type { World } from "../world.ts";
import { Attached } from "./attachments.ts";
import { type Demand, demandOf, unusedMemory } from "./demand.ts";
import { Domains } from "./domains.ts";
import { areInConflict } from "./hostPorts.ts";
import { attraction } from "./preferences.ts";
import { PodsInView } from "./podsInView.ts";
import { zoneLabel } from "./nodeFit.ts";
import { ReplicaZones } from "./replicaZones.ts";
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

interface FreeRoom extends Resources {
  storage: number;
  pods: number;
  /** Memory that is planned to be used beside what is used now. */
  planned: number;
}

export class Ledger implements Room {
  private readonly free: FreeRoom[];
  private readonly byPriority: Record<Priority, NodeView[]>;
  private readonly pods: PodsInView;
  private readonly domains: Domains;
  private readonly ports = new Map<NodeView, HostPort[]>();
  private readonly attached = new Map<NodeView, Attached>();
  private readonly unused = new Map<NodeView, number>();
  private readonly placeholders = new Placeholders();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.pods = new PodsInView(world);
    this.domains = new Domains(world.nodes);
    this.free = world.nodes.map(({ node }) => ({
      storage: 0,
      ...node.allocatable,
      planned: 0,
    }));
    for (const view of world.nodes) {
      for (const pod of world.podsByNode.get(view.node.name) ?? []) {
        const isOurs = isOurPlaceholder(pod);
        // Nobody knows how much it takes, so nothing is planned beside it.
        if (pod.fault !== undefined) this.free[view.index]!.pods = -Infinity;
        // On regular the scheduler preempts any placeholder; on spot only ours make room, since we evict them.
        if (isOurs) this.placeholders.add(view, pod);
        else if (view.priority === "spot" || !isPlaceholder(world, pod.workload))
          this.takeRequested(view, pod.requests);
      }
    }
    // The scheduler counts a pod that has preempted others as if it were there, while they end, and longer
    // (kubernetes/kubernetes#106780).
    for (const { nominatedTo, deletingAt, requests } of world.snapshot.pods) {
      const view = deletingAt === undefined ? world.nodeByName.get(nominatedTo ?? "") : undefined;
      if (view) this.takeRequested(view, requests);
    }
    const usable = world.nodes.filter(({ standing }) => standing === "usable");
    this.byPriority = {
      regular: usable.filter(({ priority }) => priority === "regular"),
      spot: usable.filter((view) => view.priority === "spot" && isTrusted(view, world.spot)),
    };
  }

  /** Finds a node for every replica and books its room. */
  place(request: PlacingRequest): Standing | NotPlaced {
    const { leaving } = request;
    const demand = demandOf(request, this.world);
    for (const view of leaving) this.give(view, demand);
    const nodes = findNodes(request, demand, this);
    if (!Array.isArray(nodes)) {
      for (const view of leaving) this.take(view, demand);
      return nodes;
    }
    // The search has taken their room already.
    let end = this.stand(request, nodes);
    const undo = () => {
      end.undo();
      for (const view of nodes) this.give(view, demand);
      for (const view of leaving) this.take(view, demand);
    };
    const redo = () => {
      for (const view of leaving) this.give(view, demand);
      for (const view of nodes) this.take(view, demand);
      end = this.stand(request, nodes);
    };
    return { nodes, evicted: end.evicted, undo, redo };
  }

  /** Everything but the room itself: what others see of these pods, their ports, and the placeholders that go. */
  private stand({ key, workload, template, isKept = false }: PlacingRequest, nodes: NodeView[]) {
    const unplan = this.pods.plan(key, workload, nodes);
    for (const view of nodes) this.portsOf(view).push(...template.hostPorts);
    const cleared = [...new Set(nodes)].map((view) =>
      this.placeholders.makeRoom(view, this.free[view.index]!, isKept),
    );
    const undo = () => {
      for (const { restore } of cleared) restore();
      unplan();
      for (const view of nodes) {
        const ports = this.portsOf(view);
        for (const port of template.hostPorts) ports.splice(ports.lastIndexOf(port), 1);
      }
    };
    return { evicted: cleared.flatMap(({ evicted }) => evicted), undo };
  }

  usable(priority: Priority): NodeView[] {
    return this.byPriority[priority];
  }

  shareLeft(view: NodeView, demand: Demand): number {
    const { index, node } = view;
    const free = this.free[index]!;
    const cpu = free.cpu - demand.cpu;
    const memory = free.memory - demand.memory;
    if (cpu < 0 || memory < 0 || free.pods < 1) return -1;
    if (demand.storage !== undefined && demand.storage > free.storage) return -1;
    if (demand.inUse !== undefined && demand.inUse > this.unusedOn(view) - free.planned) return -1;
    const kept = this.placeholders.on(view);
    const share = (ofCpu: number, ofMemory: number) =>
      (ofCpu / Math.max(1, node.allocatable.cpu) + ofMemory / Math.max(1, node.allocatable.memory)) / 2;
    const needsTheirs = kept.cpu > cpu || kept.memory > memory || kept.pods > free.pods - 1;
    return needsTheirs ? share(cpu, memory) : 1 + share(cpu - kept.cpu, memory - kept.memory);
  }

  take(view: NodeView, demand: Demand): void {
    this.takeRequested(view, demand);
    this.free[view.index]!.planned += demand.inUse ?? demand.memory;
    if (demand.attachments) this.attachedOn(view).add(demand.attachments, 1);
  }

  give(view: NodeView, demand: Demand): void {
    this.takeRequested(view, demand, -1);
    this.free[view.index]!.planned -= demand.inUse ?? demand.memory;
    if (demand.attachments) this.attachedOn(view).add(demand.attachments, -1);
  }

  private takeRequested({ index }: NodeView, { cpu, memory, storage = 0 }: Resources, times = 1): void {
    const free = this.free[index]!;
    free.cpu -= cpu * times;
    free.memory -= memory * times;
    free.storage -= storage * times;
    free.pods -= times;
  }

  zones({ template: { volumes }, evicted, count }: PlacingRequest): ReplicaZones | undefined {
    if (!volumes.zonesByReplica) return undefined;
    if (!evicted) return new ReplicaZones(volumes.zonesByReplica, count);
    // A pod that is evicted finds its disk where it was itself.
    const zoneOf = ({ nodeName }: Pod) => this.world.nodeByName.get(nodeName ?? "")?.node.labels[zoneLabel];
    const zones = evicted.slice(0, count).flatMap((pod) => zoneOf(pod) ?? []);
    return new ReplicaZones(
      zones.map((zone) => [zone]),
      count,
    );
  }

  rules({ key, workload, evicted }: PlacingRequest): TopologyRules {
    return topologyRules(key, withoutSplit(workload, this.world.policy), this.pods, this.domains, evicted);
  }

  /** How much an evicted pod is drawn to a node, where anything draws it. */
  attraction(key: string, workload: Workload, evicted: Pod): ((view: NodeView) => number) | undefined {
    return attraction(key, workload, evicted, this.pods);
  }

  hasFreePorts(view: NodeView, ports: HostPort[]): boolean {
    return ports.length === 0 || !areInConflict(ports, this.portsOf(view));
  }

  canAttach(view: NodeView, attachments: Attachments | undefined): boolean {
    return !attachments || this.attachedOn(view).hasRoomFor(attachments);
  }

  private unusedOn(view: NodeView): number {
    let unused = this.unused.get(view);
    if (unused === undefined) this.unused.set(view, (unused = unusedMemory(view.node, this.world)));
    return unused;
  }

  private portsOf(view: NodeView): HostPort[] {
    let ports = this.ports.get(view);
    if (!ports) {
      ports = (this.world.podsByNode.get(view.node.name) ?? []).flatMap(
        ({ workload, hostPorts }) =>
          hostPorts ?? this.world.workloads.get(workload ?? "")?.template.hostPorts ?? [],
      );
      this.ports.set(view, ports);
    }
    return ports;
  }

  private attachedOn(view: NodeView): Attached {
    let attached = this.attached.get(view);
    if (!attached) {
      attached = new Attached(view.node.attachable ?? new Map());
      for (const { attachments } of this.world.podsByNode.get(view.node.name) ?? [])
        if (attachments) attached.add(attachments, 1);
      this.attached.set(view, attached);
    }
    return attached;
  }
}
