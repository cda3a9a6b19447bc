// How full regular and spot are, requested and used, and how full they would be after what is planned.
import type { Node, Pod, Priority, Resources, Workload } from "../model.ts";
import type { NodeView } from "./nodeView.ts";
import { isPlaceholder } from "./podRoles.ts";
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
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    for (const { node, priority, standing } of world.nodes) {
      if (!priority || standing !== "usable") continue;
      const load = this.loads[priority];
      const pods = (world.podsByNode.get(node.name) ?? []).filter(
        (pod) => !isPlaceholder(world, pod.workload),
      );
      add(load.allocatable, node.allocatable);
      for (const pod of pods) add(load.requested, pod.requests);
      add(load.used, nodeUsage(world, node, pods));
    }
  }

  /** The fullest of requested and used, CPU and memory: 0…; 0 where there are no nodes. */
  of(priority: Priority): number {
    return fullest(this.loads[priority]);
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
      if (pod.usage) add(load.used, whole(pod.usage), times);
      this.leave(pod, times);
    }
  }

  /** A pod on a node that is not usable was never counted. */
  private leave(pod: Pod, times: number): void {
    const node = this.world.nodeByName.get(pod.nodeName ?? "");
    if (node?.standing !== "usable" || !node.priority) return;
    const load = this.loads[node.priority];
    add(load.requested, pod.requests, -times);
    if (pod.usage) add(load.used, whole(pod.usage), -times);
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

/** What so many replicas of a workload will ask for and use, wherever they run: their part of what all use now. */
export function demand(
  { template, replicas }: Workload,
  pods: Pod[],
  count: number,
): { requested: Resources; used: Resources } {
  const requested = { cpu: 0, memory: 0 };
  add(requested, template.requests, count);
  const used = { cpu: 0, memory: 0 };
  for (const pod of pods) if (pod.usage && runs(pod)) add(used, whole(pod.usage));
  const part = replicas === 0 ? 0 : count / replicas;
  return { requested, used: whole({ cpu: used.cpu * part, memory: used.memory * part }) };
}

/** Measured use of a node, CPU or memory, the higher: 0…; @param more usage to be added to it */
export function nodeUtilization(
  world: World,
  { node }: NodeView,
  more: Resources = { cpu: 0, memory: 0 },
): number {
  const { cpu, memory } = nodeUsage(world, node, world.podsByNode.get(node.name) ?? []);
  return Math.max(
    (cpu + more.cpu) / Math.max(1, node.allocatable.cpu),
    (memory + more.memory) / Math.max(1, node.allocatable.memory),
  );
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
