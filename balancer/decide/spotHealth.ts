// Whether spot can be trusted: which spot nodes were lost lately, and since when spot has been stable.
//
// A single lost node among hundreds says nothing about spot; of three it does. So losses count as a share. What was
// seen is kept in the cluster, because a node that is gone leaves no trace in the next snapshot.
import type { BalancerState, Pod, Snapshot } from "../model.ts";
import type { Policy } from "../policy.ts";
import { type NodeView, mayBeRemovedByAutoscaler } from "./nodes.ts";

const minute = 60_000;

export interface SpotHealth {
  /** Names of spot nodes in use in the last round that are gone without the autoscaler having said so. */
  vanished: Set<string>;
  /** Losses to be remembered, this round's included. */
  losses: BalancerState["spotLosses"];
  stable: boolean;
  /** Last loss, when not stable. */
  lastLossAt?: number;
  /** Lost nodes as a part of all spot nodes, over `stableMinutes`. */
  lostShare: number;
}

export function spotHealth(
  snapshot: Snapshot,
  nodes: Map<string, NodeView>,
  policy: Policy,
  now: number,
): SpotHealth {
  const { stableMinutes, toleratedLossShare } = policy.pools.spot;
  const vanished = new Set(snapshot.state.spotNodes.filter((name) => !nodes.has(name)));
  const spotNodes = [...nodes.values()].filter(({ priority }) => priority === "spot");
  const lostNow = new Set(vanished);
  for (const { node, standing } of spotNodes) if (standing === "lost") lostNow.add(node.name);

  // A node that stays lost keeps the time of its loss: broken for hours, it does not make spot unstable for hours.
  const losses = new Map<string, number>();
  const isRecent = (at: number) => now - at < stableMinutes * minute;
  for (const { node, at } of snapshot.state.spotLosses) {
    if (isRecent(at) || lostNow.has(node)) losses.set(node, Math.max(at, losses.get(node) ?? 0));
  }
  for (const name of lostNow) if (!losses.has(name)) losses.set(name, now);

  const recent = [...losses].filter(([, at]) => isRecent(at) || at === now);
  const gone = recent.filter(([name]) => !nodes.has(name)).length;
  const lostShare = recent.length / Math.max(1, spotNodes.length + gone);
  const stable = lostShare <= toleratedLossShare;
  return {
    vanished,
    losses: [...losses]
      .map(([node, at]) => ({ node, at }))
      .sort((a, b) => a.at - b.at || (a.node < b.node ? -1 : 1)),
    stable,
    ...(!stable && { lastLossAt: Math.max(...recent.map(([, at]) => at)) }),
    lostShare,
  };
}

/**
 * Spot nodes whose disappearance would be a loss: those that carry pods of workloads placed on spot, and that the
 * autoscaler is not about to remove. While pods are on their way to spot it is any of them, since the scheduler
 * chooses: a node lost between this round and the next would otherwise leave no trace.
 */
export function spotNodesInUse(
  nodes: NodeView[],
  podsByNode: Map<string, Pod[]>,
  placed: Set<string>,
  onTheWay: boolean,
): string[] {
  return nodes
    .filter(({ node, priority }) => priority === "spot" && !mayBeRemovedByAutoscaler(node))
    .map(({ node }) => node.name)
    .filter(
      (name) =>
        onTheWay ||
        podsByNode.get(name)?.some(({ workload }) => workload !== undefined && placed.has(workload)),
    );
}
