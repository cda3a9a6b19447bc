// Which nodes are not needed: those that are half used at most and whose pods fit elsewhere. Pure.
// As cluster-autoscaler 1.36 was seen to do on a local control plane; what was seen is in the README.
import { expendableBelow, fits, freeOn, subtract } from "./fit.ts";
import type { Memory, NodeState, Observed, PodState, PoolState, ScalePlan, Timing } from "./model.ts";
import type { NodeSize } from "../vmSizes.ts";

/** Requests of its pods against what it offers; the real one's --scale-down-utilization-threshold. */
const halfUsed = 0.5;

/** @param isWanted nodes that are counted on for pods that wait */
export function planShrinking(
  observed: Observed,
  memory: Memory,
  isWanted: (node: NodeState) => unknown,
  now: number,
  timing: Timing,
): Pick<ScalePlan, "remove" | "memory"> {
  const { pools, nodes, pods } = observed;
  const spare = new Map(pools.map((pool) => [pool.name, spareOf(pool, nodes)]));
  const places = new Map(
    nodes
      .filter((node) => node.schedulable && !node.going && node.readySince !== undefined)
      .map((node) => [node, freeOn(node, pods)]),
  );
  const unneededSince: Record<string, number> = {};
  const unremovableUntil = Object.fromEntries(
    Object.entries(memory.unremovableUntil).filter(([, until]) => until > now),
  );
  const remove: string[] = [];
  let drained = false;

  for (const node of inOrder(nodes, pods, memory)) {
    const left = spare.get(node.pool ?? "") ?? 0;
    if (left <= 0 || node.going || isWanted(node) || unremovableUntil[node.name] !== undefined) continue;
    if (utilization(node, pods) > halfUsed) continue;
    const load = loadOf(node, pods);
    const free = places.get(node);
    places.delete(node);
    if (load.some((pod) => pod.blocks !== undefined) || !moveAll(load, places)) {
      // The verdict holds, also when the node is emptied right after.
      unremovableUntil[node.name] = now + timing.recheckMs;
      if (free) places.set(node, free);
      continue;
    }
    unneededSince[node.name] = memory.unneededSince[node.name] ?? now;
    spare.set(node.pool!, left - 1);
    const isDue = unneededSince[node.name]! + timing.unneededMs <= now;
    // Empty ones go together, others one after the other (--max-drain-parallelism, 1 by default):
    // https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
    if (!isDue || (load.length > 0 && drained)) continue;
    drained ||= load.length > 0;
    remove.push(node.name);
  }
  return { remove, memory: { unneededSince, unremovableUntil } };
}

/** Nodes above the minimum that are not on their way out. */
const spareOf = (pool: PoolState, nodes: NodeState[]): number =>
  pool.target - pool.min - nodes.filter((node) => node.pool === pool.name && node.going).length;

/** Nodes of scaled pools: empty ones, then those that were not needed before (`emptycandidates`, `previouscandidates`), then the newest, which lack images and routes. */
function inOrder(nodes: NodeState[], pods: PodState[], { unneededSince }: Memory): NodeState[] {
  const rank = (node: NodeState): number =>
    (loadOf(node, pods).length > 0 ? 2 : 0) + (unneededSince[node.name] === undefined ? 1 : 0);
  return nodes
    .filter(({ pool }) => pool !== undefined)
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (b.readySince ?? Infinity) - (a.readySince ?? Infinity) ||
        (a.name < b.name ? 1 : -1),
    );
}

/** What would have to go elsewhere. */
const loadOf = (node: NodeState, pods: PodState[]): PodState[] =>
  pods.filter((pod) => pod.node === node.name && !pod.partOfNode && pod.priority >= expendableBelow);

function utilization(node: NodeState, pods: PodState[]): number {
  const { allocatable } = node.shape;
  const free = freeOn(node, pods);
  const used = (key: "cpu" | "memory"): number => 1 - free[key] / allocatable[key];
  return Math.max(used("cpu"), used("memory"));
}

/** Takes the room for all of them, or for none. */
function moveAll(load: PodState[], places: Map<NodeState, NodeSize>): boolean {
  const taken = new Map(places);
  for (const pod of load.toSorted((a, b) => b.requests.cpu - a.requests.cpu || (a.key < b.key ? -1 : 1))) {
    const place = [...taken]
      .filter(([node, free]) => fits(pod, node.shape, free))
      .sort(([a], [b]) => (a.name < b.name ? -1 : 1))[0];
    if (!place) return false;
    taken.set(place[0], subtract(place[1], pod.requests));
  }
  for (const [node, free] of taken) places.set(node, free);
  return true;
}
