// The cluster autoscaler of the simulation: adds nodes for pods that fit nowhere, removes nodes of little use.
import type { Node, Pod, PoolHealth } from "../../balancer/model.ts";
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
 * (`max-drain-parallelism` is 1). It thinks of all such nodes as gone at once, so none is the place of another's pods
 * (`categorizeNodes` in cluster-autoscaler/core/scaledown/planner/planner.go).
 */
export function shrink(cluster: SimCluster, pools: NodePool[], { unneededMs }: Timings): void {
  let drains = pools.some(({ draining }) => draining.size > 0);
  const view = new View(cluster);
  for (const name of pools.flatMap(({ draining }) => [...draining.keys()]))
    view.vacate(cluster.nodes.get(name)!);
  for (const { pool, node, own, mayGo } of inOrder(cluster, pools)) {
    const since = pool.judge(node, !mayGo || isUseful(node, own) || !view.vacate(node));
    if (since === undefined || isLeast(pool)) continue;
    if (cluster.now - Math.max(since, pool.lastAddedAt) < unneededMs) continue;
    const mayDrain = !drains && cluster.now - pool.failedAt >= restAfterFailureMs;
    if (own.length === 0) pool.remove(node.name);
    else if (mayDrain && own.every((pod) => cluster.allowsEviction(pod))) {
      drains = true;
      pool.drain(node);
    }
  }
}

const isLeast = ({ size, draining, spec }: NodePool) => size - draining.size <= spec.min;

/**
 * Nodes that are empty, then those that were of no use before (its `emptycandidates`, `previouscandidates`). What starts is
 * left alone (`scale-down-unready-time`), and so is a pool that is as small as it may be (`PreFilteringScaleDownNodeProcessor`).
 */
function inOrder(cluster: SimCluster, pools: NodePool[]) {
  return pools
    .flatMap((pool) => pool.nodes.map((node) => ({ pool, node, mayGo: !isLeast(pool) })))
    .filter(({ pool, node }) => node.ready && !pool.draining.has(node.name))
    .map((each) => ({ ...each, own: podsOn(cluster, each.node.name).map(({ pod }) => pod) }))
    .map((each) => ({
      ...each,
      rank: (each.own.length > 0 ? 2 : 0) + (each.pool.isUnneeded(each.node) ? 0 : 1),
    }))
    .sort((a, b) => a.rank - b.rank);
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

function isUseful({ allocatable }: Node, pods: Pod[]): boolean {
  const requested = (resource: "cpu" | "memory") =>
    pods.reduce((sum, { requests }) => sum + requests[resource], 0) / allocatable[resource];
  return requested("cpu") >= usefulFrom || requested("memory") >= usefulFrom;
}
