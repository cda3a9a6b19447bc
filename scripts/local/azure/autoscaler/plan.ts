// Which pools grow and which nodes go, as AKS's cluster autoscaler would decide. Pure: the time comes in as `now`.
import { expendableBelow, fits, freeOn, subtract } from "./fit.ts";
import { planShrinking } from "./shrink.ts";
import type { Memory, NodeShape, Observed, PodState, PoolState, ScalePlan, Timing } from "./model.ts";
import type { NodeSize } from "../vmSizes.ts";

/** A place for waiting pods: a node that is new, on the way, or would be added. */
interface Bin {
  /** Undefined for a node that is there already. */
  pool?: string;
  node?: string;
  shape: NodeShape;
  free: NodeSize;
}

/** @param random settles ties, 0 to below 1 */
export function plan(
  observed: Observed,
  memory: Memory,
  now: number,
  timing: Timing,
  random: () => number,
): ScalePlan {
  const grow: Record<string, number> = {};
  for (const pool of observed.pools) {
    if (pool.target < pool.min && mayGrow(pool, now)) grow[pool.name] = pool.min - pool.target;
  }
  const awaited = placeWaiting(observed, grow, now, timing, random);
  const shrinking = planShrinking(
    observed,
    memory,
    (node) => grow[node.pool!] || awaited.has(node.name),
    now,
    timing,
  );
  return { grow, ...shrinking };
}

const mayGrow = (pool: PoolState, now: number): boolean => (pool.backoffUntil ?? 0) <= now;

/** Puts each waiting pod where it will fit, and counts in `grow` the nodes to add for the rest. Returns the nodes it counts on. */
function placeWaiting(
  observed: Observed,
  grow: Record<string, number>,
  now: number,
  timing: Timing,
  random: () => number,
): Set<string> {
  const bins: Bin[] = comingRoom(observed, grow, now, timing);
  const awaited = new Set<string>();
  const waiting = observed.pods
    .filter((pod) => isWaiting(pod, now, timing))
    .sort((a, b) => b.priority - a.priority || b.requests.cpu - a.requests.cpu || (a.key < b.key ? -1 : 1));
  for (const pod of waiting) {
    const bin =
      bins.find(({ shape, free }) => fits(pod, shape, free)) ??
      newBin(observed.pools, pod, grow, now, random);
    if (!bin) continue;
    if (bin.pool !== undefined && !bins.includes(bin)) {
      grow[bin.pool] = (grow[bin.pool] ?? 0) + 1;
      bins.push(bin);
    }
    if (bin.node !== undefined) awaited.add(bin.node);
    bin.free = subtract(bin.free, pod.requests);
  }
  return awaited;
}

const isWaiting = (pod: PodState, now: number, { podWaitMs }: Timing): boolean =>
  pod.node === undefined &&
  pod.unschedulableSince !== undefined &&
  pod.unschedulableSince + podWaitMs <= now &&
  pod.priority >= expendableBelow;

/** Room that the scheduler could not see when it judged the pods: nodes that are new, and nodes on the way. */
function comingRoom(
  observed: Observed,
  grow: Record<string, number>,
  now: number,
  { settleMs }: Timing,
): Bin[] {
  const bins: Bin[] = [];
  for (const node of observed.nodes) {
    const settled = node.readySince !== undefined && node.readySince + settleMs <= now;
    if (!node.schedulable || settled) continue;
    bins.push({ node: node.name, shape: node.shape, free: freeOn(node, observed.pods) });
  }
  for (const pool of observed.pools) {
    const there = observed.nodes.filter((node) => node.pool === pool.name).length;
    for (let index = there; index < pool.target + (grow[pool.name] ?? 0); index++)
      bins.push(templateBin(pool));
  }
  return bins;
}

const templateBin = (pool: PoolState): Bin => ({
  pool: pool.name,
  shape: pool.template,
  free: pool.template.allocatable,
});

/** A node of the pool that would be left with the least CPU to spare; among equals chance decides, as the real one's does. */
function newBin(
  pools: PoolState[],
  pod: PodState,
  grow: Record<string, number>,
  now: number,
  random: () => number,
): Bin | undefined {
  const cpu = (pool: PoolState): number => pool.template.allocatable.cpu;
  const fitting = pools
    .filter((pool) => mayGrow(pool, now) && pool.target + (grow[pool.name] ?? 0) < pool.max)
    .filter((pool) => fits(pod, pool.template, pool.template.allocatable))
    .sort((a, b) => cpu(a) - cpu(b) || (a.name < b.name ? -1 : 1));
  const best = fitting.filter((pool) => cpu(pool) === cpu(fitting[0]!));
  const pool = best[Math.floor(random() * best.length)];
  return pool && templateBin(pool);
}
