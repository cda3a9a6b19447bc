// The cluster autoscaler of the simulation: adds nodes for pods that fit nowhere, removes nodes of little use.
import type { PoolHealth } from "../../balancer/model.ts";
import type { Chance } from "./chance.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";
import type { NodePool } from "./nodePool.ts";
import type { Timings } from "./scenario.ts";
import { View } from "../../balancer/testing/simCluster/scheduler.ts";

/** The cluster autoscaler's default (`scale-down-utilization-threshold`): below it, a node's pods are to go elsewhere. */
const usefulFrom = 0.5;

/**
 * Adds nodes for what waits. Like the real one it ignores preferred affinity; among pools that would do it takes any
 * (the default expander is `random`).
 */
export function grow(cluster: SimCluster, pools: NodePool[], chance: Chance): void {
  for (const pool of pools) {
    while (pool.size < pool.spec.min && pool.mayGrow) if (!pool.request()) break;
  }
  const waiting = [...cluster.pods.values()].filter(({ pod }) => pod.unschedulableSince !== undefined);
  if (waiting.length === 0) return;
  const view = new View(cluster);
  for (const node of pools.flatMap((pool) => pool.expected())) view.addNode(node);
  for (const { pod } of waiting) {
    let node = view.best(pod);
    const candidates = node ? [] : pools.filter((pool) => pool.mayGrow);
    while (!node && candidates.length > 0) {
      const [pool] = candidates.splice(Math.floor(chance() * candidates.length), 1);
      if (!view.wouldFit(pod, pool!.sample())) continue;
      node = pool!.request();
      if (node) view.addNode(node);
    }
    if (node) view.assume(pod, node);
  }
}

/** So long the autoscaler asks again for evictions that a disruption budget refuses (its `max-pod-eviction-time`). */
const mostDrainMs = 2 * 60_000;
/** Its `scale-down-delay-after-failure`. */
const restAfterFailureMs = 3 * 60_000;

/**
 * Removes nodes that have been of little use for long enough: all that are empty, and one that is not
 * (`max-drain-parallelism` is 1). Whoever drains two at once has their pods want one room.
 */
export function shrink(cluster: SimCluster, pools: NodePool[], { unneededMs }: Timings): void {
  let drains = pools.some(({ draining }) => draining.size > 0);
  for (const pool of pools) {
    for (const node of pool.nodes) {
      if (pool.draining.has(node.name)) continue;
      const since = pool.judge(node, isNeeded(cluster, node.name));
      const rest = Math.max(since ?? Infinity, pool.lastAddedAt);
      const isLeast = pool.size - pool.draining.size <= pool.spec.min;
      if (cluster.now - rest < unneededMs || isLeast || since === undefined) continue;
      const own = podsOn(cluster, node.name);
      const mayDrain = !drains && cluster.now - pool.failedAt >= restAfterFailureMs;
      if (own.length === 0) pool.remove(node.name);
      else if (mayDrain && own.every(({ pod }) => cluster.allowsEviction(pod))) {
        drains = true;
        pool.drain(node);
      }
    }
  }
}

/** Evicts what disruption budgets let go, and removes what is empty then; gives up after a while, as the real one does. */
export function goOnDraining(cluster: SimCluster, pools: NodePool[]): void {
  for (const pool of pools) {
    for (const [name, since] of pool.draining) {
      for (const { pod } of podsOn(cluster, name)) cluster.evict(pod);
      if (podsOn(cluster, name).length === 0) pool.remove(name);
      else if (cluster.now - since >= mostDrainMs) pool.giveUpDraining(name);
    }
  }
}

export function poolHealth(pools: NodePool[]): PoolHealth[] {
  return pools.map(({ name, inBackoff, spec, nodes }) => ({
    pool: name,
    health: "Healthy",
    backoff: inBackoff,
    minSize: spec.min,
    maxSize: spec.max,
    nodes: nodes.length,
  }));
}

const podsOn = (cluster: SimCluster, name: string) =>
  [...cluster.pods.values()].filter(({ pod }) => pod.nodeName === name);

/** Much is requested of it, or what is there would fit nowhere else. */
function isNeeded(cluster: SimCluster, name: string): boolean {
  const { allocatable } = cluster.nodes.get(name)!;
  const pods = podsOn(cluster, name).map(({ pod }) => pod);
  const requested = (resource: "cpu" | "memory") =>
    pods.reduce((sum, { requests }) => sum + requests[resource], 0) / allocatable[resource];
  if (requested("cpu") >= usefulFrom || requested("memory") >= usefulFrom) return true;
  const view = new View(cluster, name);
  return !pods.every((pod) => {
    const node = view.best(pod);
    if (node) view.assume(pod, node);
    return node !== undefined;
  });
}
