// Which pools grow and which nodes go, as AKS's cluster autoscaler would decide. Pure: the time comes in as `now`.
import { fits, subtract } from "./fit.ts";
import type {
  Amounts,
  Memory,
  NodeShape,
  NodeState,
  Observed,
  PodState,
  PoolState,
  ScalePlan,
  Timing,
} from "./model.ts";

/** Pods below this priority neither make a pool grow nor keep a node, as with the autoscaler's default. */
export const expendableBelow = -10;

/** A place for waiting pods: a node that is new, on the way, or would be added. */
interface Bin {
  /** Undefined for a node that is there already. */
  pool?: string;
  node?: string;
  shape: NodeShape;
  free: Amounts;
}

export function plan(observed: Observed, memory: Memory, now: number, timing: Timing): ScalePlan {
  const grow: Record<string, number> = {};
  for (const pool of observed.pools) {
    if (pool.target < pool.min && mayGrow(pool, now)) grow[pool.name] = pool.min - pool.target;
  }
  const awaited = placeWaiting(observed, grow, now, timing);
  const empty = emptyNodes(observed);
  const nextMemory = Object.fromEntries(empty.map(({ name }) => [name, memory[name] ?? now]));
  return {
    grow,
    remove: removable(observed, empty, nextMemory, grow, awaited, now, timing),
    memory: nextMemory,
  };
}

const mayGrow = (pool: PoolState, now: number): boolean => (pool.backoffUntil ?? 0) <= now;

/** Puts each waiting pod where it will fit, and counts in `grow` the nodes to add for the rest. Returns the nodes it counts on. */
function placeWaiting(
  observed: Observed,
  grow: Record<string, number>,
  now: number,
  timing: Timing,
): Set<string> {
  const bins: Bin[] = comingRoom(observed, grow, now, timing);
  const awaited = new Set<string>();
  const waiting = observed.pods
    .filter((pod) => isWaiting(pod, now, timing))
    .sort((a, b) => b.priority - a.priority || b.requests.cpu - a.requests.cpu || (a.key < b.key ? -1 : 1));
  for (const pod of waiting) {
    const bin =
      bins.find(({ shape, free }) => fits(pod, shape, free)) ?? newBin(observed.pools, pod, grow, now);
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

const freeOn = (node: NodeState, pods: PodState[]): Amounts =>
  pods
    .filter((pod) => pod.node === node.name)
    .reduce((free, pod) => subtract(free, pod.requests), node.shape.allocatable);

/** A node of the pool that would be left with the least CPU to spare; by name among equals. */
function newBin(
  pools: PoolState[],
  pod: PodState,
  grow: Record<string, number>,
  now: number,
): Bin | undefined {
  const [pool] = pools
    .filter((pool) => mayGrow(pool, now) && pool.target + (grow[pool.name] ?? 0) < pool.max)
    .filter((pool) => fits(pod, pool.template, pool.template.allocatable))
    .sort((a, b) => a.template.allocatable.cpu - b.template.allocatable.cpu || (a.name < b.name ? -1 : 1));
  return pool && templateBin(pool);
}

/** Nodes of pools that scale, with nothing on them that would have to go elsewhere. */
function emptyNodes({ pools, nodes, pods }: Observed): NodeState[] {
  const occupied = new Set(
    pods.filter((pod) => !pod.partOfNode && pod.priority >= expendableBelow).map((pod) => pod.node),
  );
  const scaled = new Set(pools.map(({ name }) => name));
  return nodes.filter((node) => node.pool !== undefined && scaled.has(node.pool) && !occupied.has(node.name));
}

function removable(
  { pools }: Observed,
  empty: NodeState[],
  emptySince: Memory,
  grow: Record<string, number>,
  awaited: Set<string>,
  now: number,
  { emptyMs }: Timing,
): string[] {
  return pools
    .filter((pool) => !grow[pool.name])
    .flatMap((pool) =>
      empty
        .filter((node) => node.pool === pool.name && !awaited.has(node.name))
        .filter((node) => emptySince[node.name]! + emptyMs <= now)
        // The newest first: the older ones have the images and the routes.
        .sort((a, b) => (b.readySince ?? now) - (a.readySince ?? now) || (a.name < b.name ? 1 : -1))
        .slice(0, Math.max(0, pool.target - pool.min))
        .map(({ name }) => name),
    );
}
