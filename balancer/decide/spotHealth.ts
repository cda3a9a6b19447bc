// Whether spot can be trusted: which spot nodes were lost lately, and since when each spot pool has been stable.
//
// A single lost node among hundreds says nothing about a pool; of three it does. So losses count as a share. Pools are
// of different sizes and zones, which the cloud takes back apart from each other: each is judged by itself. What was
// seen is kept in the cluster, because a node that is gone leaves no trace in the next snapshot.
import type { BalancerState, Pod, Snapshot } from "../model.ts";
import type { Policy } from "../policy.ts";
import { type NodeView, mayGoAsPlanned, notReady } from "./nodeView.ts";
import { isOurPlaceholder } from "./podRoles.ts";
import { append } from "../selectors.ts";

const minute = 60_000;

/**
 * What is gone after a longer pause says nothing: an autoscaler drains what it needs no more within 10 minutes (its FAQ,
 * `scale-down-unneeded-time`), and whoever stops a whole cluster stops its rounds too.
 */
const longestPauseMs = 10 * minute;

export interface SpotHealth {
  /** Losses to be remembered, this round's included. */
  losses: BalancerState["spotLosses"];
  /** One stable pool is enough: then work may go there, and single pods leave the nodes lost in other pools. */
  stable: boolean;
  /** By name, those with a node now or a loss lately. */
  pools: Map<string, PoolStability>;
  /** Lost nodes as a part of all spot nodes, over `stableMinutes`. */
  lostShare: number;
  /** Of the nodes in use in the last round the part that has been lost since, 0…1. */
  lostInUse: number;
}

export interface PoolStability {
  stable: boolean;
  /** As a part of its nodes, over `stableMinutes`. */
  lostShare: number;
  /** Milliseconds since 1970; missing when none was lost lately. */
  lastLossAt?: number;
}

export function spotHealth(
  snapshot: Snapshot,
  nodes: Map<string, NodeView>,
  policy: Policy,
  now: number,
): SpotHealth {
  const { stableMinutes, toleratedLossShare } = policy.pools.spot;
  const spotNodes = [...nodes.values()].filter(({ priority }) => priority === "spot");
  /** Pools by the names of nodes in use in the last round that are gone without the autoscaler having said so. */
  const lostNow = new Map<string, string>();
  const lastRound = snapshot.state.availability?.at ?? now;
  /** A cloud makes the machine that it has taken anew under its name (kubernetes/cloud-provider-gcp#368). */
  const isMadeAnew = (name: string) => nodes.get(name)!.node.createdAt > lastRound;
  const wasWatched = now - lastRound <= longestPauseMs;
  for (const [pool, names] of wasWatched ? Object.entries(snapshot.state.spotNodesByPool) : []) {
    for (const name of names) if (!nodes.has(name) || isMadeAnew(name)) lostNow.set(name, pool);
  }
  const isBlind = isNoneReady(nodes);
  for (const { node, pool, standing, loss } of spotNodes)
    if (standing === "lost" && !(isBlind && loss === notReady)) lostNow.set(node.name, pool);

  const inUse = Object.values(snapshot.state.spotNodesByPool).flat();
  const known = new Set(snapshot.state.spotLosses.map(({ node }) => node));
  const lostInUse = inUse.filter((name) => lostNow.has(name) && !known.has(name)).length;
  // A node that stays lost keeps the time of its loss: broken for hours, it does not make spot unstable for hours.
  const losses = new Map<string, { pool: string; at: number }>();
  const isRecent = (at: number) => now - at < stableMinutes * minute;
  for (const { node, pool, at } of snapshot.state.spotLosses) {
    if (isRecent(at) || lostNow.has(node)) {
      losses.set(node, { pool, at: Math.max(at, losses.get(node)?.at ?? 0) });
    }
  }
  for (const [name, pool] of lostNow)
    if (!losses.has(name)) losses.set(name, { pool, at: lostSince(nodes.get(name), now) });

  const recent = [...losses]
    .map(([node, loss]) => ({ node, ...loss }))
    .filter(({ at }) => isRecent(at) || at === now);
  const shareOf = (lost: typeof recent, present: number) =>
    lost.length / Math.max(1, present + lost.filter(({ node }) => !nodes.has(node)).length);
  const nodesByPool = Map.groupBy(spotNodes, ({ pool }) => pool);
  const pools = new Map<string, PoolStability>();
  for (const pool of new Set([...nodesByPool.keys(), ...recent.map((loss) => loss.pool)])) {
    const lost = recent.filter((loss) => loss.pool === pool);
    const lostShare = shareOf(lost, nodesByPool.get(pool)?.length ?? 0);
    pools.set(pool, {
      stable: lostShare <= toleratedLossShare,
      lostShare,
      ...(lost.length > 0 && { lastLossAt: Math.max(...lost.map(({ at }) => at)) }),
    });
  }
  return {
    losses: [...losses]
      .map(([node, { pool, at }]) => ({ node, pool, at }))
      .sort((a, b) => a.at - b.at || (a.node < b.node ? -1 : 1)),
    stable: pools.size === 0 || [...pools.values()].some(({ stable }) => stable),
    pools,
    lostShare: shareOf(recent, spotNodes.length),
    lostInUse: lostInUse / Math.max(1, inUse.length),
  };
}

/**
 * With regular ones among them it is the control plane that does not hear of them, and no spot node is gone: Kubernetes
 * itself stops its evictions then (kubernetes/kubernetes#24597).
 */
function isNoneReady(nodes: Map<string, NodeView>): boolean {
  const all = [...nodes.values()];
  return all.some(({ priority }) => priority !== "spot") && all.every(({ node }) => !node.ready);
}

/**
 * One that is stopped stays in the list, not ready for days (AKS' scale-down mode Deallocate, Azure/AKS#4313): no loss of
 * today. What stands there made anew was lost before that.
 */
function lostSince(view: NodeView | undefined, now: number): number {
  const { ready, readySince = now, createdAt } = view?.node ?? {};
  if (view?.standing !== "lost") return Math.min(now, createdAt ?? now);
  return ready ? now : Math.min(now, readySince);
}

/**
 * Nothing is planned on nodes of an unstable pool while another one is stable, nor on one that was lost lately and is back: it
 * may flap (kubernetes/kubernetes#12041, #45419). The scheduler may still choose them.
 */
export function isTrusted(
  { pool, priority, node }: NodeView,
  { stable, pools, losses }: SpotHealth,
): boolean {
  if (priority !== "spot" || !stable) return true;
  const isBack = losses.some((loss) => loss.node === node.name && loss.at > node.createdAt);
  return !isBack && pools.get(pool)?.stable !== false;
}

/**
 * Spot nodes whose disappearance would be a loss: those that carry pods of workloads placed on spot, or
 * placeholders of ours, and that nobody is about to drain. While pods are on their way to spot it is any of them, since the scheduler
 * chooses: a node lost between this round and the next would otherwise leave no trace.
 */
export function spotNodesInUse(
  nodes: NodeView[],
  podsByNode: Map<string, Pod[]>,
  placed: Set<string>,
  onTheWay: boolean,
): BalancerState["spotNodesByPool"] {
  const byPool = new Map<string, string[]>();
  for (const view of nodes) {
    const { node, priority, pool } = view;
    if (priority !== "spot" || mayGoAsPlanned(view)) continue;
    const pods = podsByNode.get(node.name) ?? [];
    const isUsed = pods.some(
      (pod) => isOurPlaceholder(pod) || (pod.workload !== undefined && placed.has(pod.workload)),
    );
    if (onTheWay || isUsed) append(byPool, pool, node.name);
  }
  return Object.fromEntries(byPool);
}
