// How full regular and spot are, requested and used, and how full they would be after what is planned.
import type { Node, Pod, Priority, Resources, Workload } from "../model.ts";
import type { NodeView } from "./nodeView.ts";
import { keepsRoom } from "./placeholders.ts";
import type { World } from "./world.ts";
import { runs } from "./workloadUsage.ts";

const minute = 60_000;

interface Load {
  allocatable: Resources;
  requested: Resources;
  used: Resources;
}

export class Utilization {
  private readonly loads: Record<Priority, Load> = { regular: emptyLoad(), spot: emptyLoad() };
  private readonly counted = new Set<NodeView>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    for (const view of ordinaryNodes(world)) {
      const { node } = view;
      const load = this.loads[view.priority!];
      this.counted.add(view);
      const pods = (world.podsByNode.get(node.name) ?? []).filter((pod) => !keepsRoom(world, pod));
      add(load.allocatable, node.allocatable);
      for (const pod of pods) add(load.requested, pod.requests);
      add(load.used, nodeUsage(world, node, pods, requestsOf));
    }
  }

  /** The fullest of requested and used, CPU and memory: 0…; 0 where there are no nodes. */
  of(priority: Priority): number {
    return fullest(this.loads[priority]);
  }

  /** The fuller of CPU and memory, as used: what is merely requested harms nobody. */
  useOf(priority: Priority): number {
    return fullest({ ...this.loads[priority], requested: { cpu: 0, memory: 0 } });
  }

  /** What `of` would be with this much more. */
  with(priority: Priority, requested: Resources, used: Resources): number {
    const load = structuredClone(this.loads[priority]);
    add(load.requested, requested);
    add(load.used, used);
    return fullest(load);
  }

  /**
   * Books the replacement of all of a workload's pods: so many come to each side, the running ones on usable nodes go.
   * @param times -1 takes it back
   */
  move(workload: Workload, pods: Pod[], coming: Record<Priority, number>, times = 1): void {
    for (const priority of ["regular", "spot"] as const) {
      const { requested, used } = demand(workload, pods, coming[priority]);
      add(this.loads[priority].requested, requested, times);
      add(this.loads[priority].used, used, times);
    }
    for (const pod of pods) this.leave(pod, times);
  }

  /** Books the replacement of single pods, on one side; @param times -1 takes it back */
  replace(pods: Pod[], priority: Priority, requests: Resources, times: 1 | -1 = 1): void {
    const load = this.loads[priority];
    for (const pod of pods) {
      add(load.requested, requests, times);
      add(load.used, whole(pod.usage ?? pod.requests), times);
      this.leave(pod, times);
    }
  }

  /** Whether a move of these pods would change how full the side is: some of them are counted there. */
  counts(pods: Pod[], priority: Priority): boolean {
    return pods.some((pod) => this.countedNodeOf(pod)?.priority === priority);
  }

  private countedNodeOf({ nodeName }: Pod): NodeView | undefined {
    const view = this.world.nodeByName.get(nodeName ?? "");
    return view && this.counted.has(view) ? view : undefined;
  }

  /** A pod on a node that is not counted never was. */
  private leave(pod: Pod, times: number): void {
    const view = this.countedNodeOf(pod);
    if (!view) return;
    const load = this.loads[view.priority!];
    add(load.requested, pod.requests, -times);
    add(load.used, whole(pod.usage ?? pod.requests), -times);
  }

  /** What is requested there. */
  requestedOn(priority: Priority): Resources {
    return this.loads[priority].requested;
  }

  /** Books nodes that are about to appear; @param times -1 takes it back */
  grow(priority: Priority, allocatable: Resources, times: 1 | -1): void {
    add(this.loads[priority].allocatable, allocatable, times);
  }

  /** Books pods that are about to appear. */
  reserve(priority: Priority, requests: Resources, count: number): void {
    add(this.loads[priority].requested, requests, count);
  }
}

/**
 * Usable nodes that ordinary pods can go to. Dedicated ones, those that keep GPUs for who needs them, and Windows nodes
 * (AKS taints no Windows pool) would dilute what the others are filled to: 64 idle CPUs that nobody may use relieve no pressure. Where all nodes of a side are
 * such, its pods are made for them, and all count.
 */
function ordinaryNodes({ nodes, policy }: World): NodeView[] {
  const { taint: own } = policy.pools.spot;
  const isOpen = ({ node, priority }: NodeView) =>
    !node.hasDevices &&
    node.labels["kubernetes.io/os"] !== "windows" &&
    node.taints.every(
      ({ key, effect }) => effect === "PreferNoSchedule" || (priority === "spot" && key === own?.key),
    );
  return (["regular", "spot"] as const).flatMap((priority) => {
    const usable = nodes.filter((view) => view.priority === priority && view.standing === "usable");
    const open = usable.filter(isOpen);
    return open.length > 0 ? open : usable;
  });
}

/** What so many replicas of a workload will ask for and use, wherever they run: their part of what all use now. */
export function demand(
  { template, replicas }: Workload,
  pods: Pod[],
  count: number,
): { requested: Resources; used: Resources } {
  const requested = { cpu: 0, memory: 0 };
  add(requested, template.requests, count);
  const used = { cpu: 0, memory: 0 };
  for (const pod of pods) if (runs(pod)) add(used, whole(pod.usage ?? pod.requests));
  const part = replicas === 0 ? 0 : count / replicas;
  return { requested, used: whole({ cpu: used.cpu * part, memory: used.memory * part }) };
}

/** Measured use of a node, CPU or memory, the higher: 0… */
export function nodeUtilization(world: World, { node }: NodeView): number {
  const pods = world.podsByNode.get(node.name) ?? [];
  return shareOf(node, nodeUsage(world, node, pods));
}

/** What it would be with a pod more; pods of which nothing is known count with what they request. */
export function nodeUtilizationWith(pod: Pod, world: World, { node }: NodeView): number {
  const { cpu, memory } = nodeUsage(world, node, world.podsByNode.get(node.name) ?? [], requestsOf);
  const { cpu: more, memory: moreMemory } = pod.usage ?? pod.requests;
  return shareOf(node, { cpu: cpu + more, memory: memory + moreMemory });
}

/** What stands for the use of a pod of which nothing is known: zero would make room that is not there. */
const requestsOf = ({ requests }: Pod): Resources => requests;

function shareOf(node: Node, { cpu, memory }: Resources): number {
  return Math.max(cpu / Math.max(1, node.allocatable.cpu), memory / Math.max(1, node.allocatable.memory));
}

/**
 * Measured on the node where that is recent, else what its pods use.
 * @param unknown what is taken for the use of a pod of which nothing is known
 */
export function nodeUsage(
  { policy, now }: World,
  node: Node,
  pods: Pod[],
  unknown?: (pod: Pod) => Resources,
): Resources {
  if (node.usage && now - node.usage.sampledAt <= policy.idle.maxSampleAgeMinutes * minute)
    return whole(node.usage);
  const sum = { cpu: 0, memory: 0 };
  for (const pod of pods) {
    const use = pod.usage ?? unknown?.(pod);
    if (use) add(sum, whole(use));
  }
  return sum;
}

/** Whole numbers add up to the same sum in every order. */
function whole({ cpu, memory }: Resources): Resources {
  return { cpu: Math.round(cpu), memory: Math.round(memory) };
}

function emptyLoad(): Load {
  return {
    allocatable: { cpu: 0, memory: 0 },
    requested: { cpu: 0, memory: 0 },
    used: { cpu: 0, memory: 0 },
  };
}

function add(sum: Resources, { cpu, memory }: Resources, times = 1): void {
  sum.cpu += cpu * times;
  sum.memory += memory * times;
}

function fullest({ allocatable, requested, used }: Load): number {
  if (allocatable.cpu === 0 || allocatable.memory === 0) return 0;
  return Math.max(
    requested.cpu / allocatable.cpu,
    requested.memory / allocatable.memory,
    used.cpu / allocatable.cpu,
    used.memory / allocatable.memory,
  );
}
