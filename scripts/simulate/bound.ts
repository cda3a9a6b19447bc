// The least that any plan could pay: the fewest and cheapest nodes that could hold what runs at one moment.
//
// Whatever a balancer, scheduler and autoscaler do, at each moment these hold: pods that may never be on spot are on
// regular nodes; requests on the nodes of a pool, and their number, are at most what its nodes can hold together; there
// are at most as many spot nodes as the cloud has; nodes are whole; regular has at least its minimum. So the cheapest
// pair of node counts that satisfies these few inequalities costs no more than what was there. Left out, which only
// lowers the bound: how pods divide over nodes, starting and idle nodes, surge, rules of spread, cool-downs, budgets.
import type { Resources } from "../../balancer/model.ts";
import type { PoolSpec } from "./scenario.ts";

/** Sums over pods. */
export interface Amounts extends Resources {
  pods: number;
}

export interface Demand {
  /** Of pods that may never be on spot. */
  pinned: Amounts;
  /** Of all the others. */
  movable: Amounts;
}

/** @param available spot nodes that the cloud has @returns price per hour */
export function cheapestPerHour(
  { pinned, movable }: Demand,
  { regular, spot }: { regular: PoolSpec; spot: PoolSpec },
  available: number,
): number {
  const all = plus(pinned, movable, 1);
  const mostSpot = Math.min(spot.max, available);
  let best = Infinity;
  for (let nodes = Math.max(regular.min, nodesFor(pinned, regular)); ; nodes++) {
    const onSpot = nodesFor(plus(all, regular, -nodes), spot);
    if (onSpot <= mostSpot) best = Math.min(best, nodes * regular.pricePerHour + onSpot * spot.pricePerHour);
    if (onSpot === 0) return best;
  }
}

/** Several spot pools as one that has all their nodes, each as large as the largest and as cheap as the cheapest. */
export function asOne(pools: { spec: PoolSpec; available: number }[]): { spec: PoolSpec; available: number } {
  const most = (of: (spec: PoolSpec) => number) => Math.max(...pools.map(({ spec }) => of(spec)));
  const available = pools.reduce((sum, pool) => sum + Math.min(pool.spec.max, pool.available), 0);
  const spec = {
    ...{ cpu: most(({ cpu }) => cpu), memory: most(({ memory }) => memory), pods: most(({ pods }) => pods) },
    ...{ min: 0, max: available, pricePerHour: -most(({ pricePerHour }) => -pricePerHour) },
  };
  return { spec, available };
}

function plus(a: Amounts, b: Amounts, times: number): Amounts {
  return { cpu: a.cpu + times * b.cpu, memory: a.memory + times * b.memory, pods: a.pods + times * b.pods };
}

function nodesFor(amounts: Amounts, pool: PoolSpec): number {
  const parts = [amounts.cpu / pool.cpu, amounts.memory / pool.memory, amounts.pods / pool.pods];
  return Math.max(0, Math.ceil(Math.max(...parts)));
}
