// What a node is to the balancer: spot, regular or neither, and whether it can be counted on.
import type { Node, Priority } from "../model.ts";
import type { Policy } from "../policy.ts";
import { hasLabels } from "./selectors.ts";

/**
 * `usable`: pods can go there. `lost`: gone soon or already useless, pods should get off. `retiring`: the autoscaler is
 * about to remove it and drains it itself; no new pods, and its end is no loss.
 */
export type Standing = "usable" | "lost" | "retiring";

export interface NodeView {
  node: Node;
  /** Position in `World.nodes`. */
  index: number;
  /** Missing: a system pool or some other node that is none of our business. */
  priority?: Priority;
  /** Name of its pool; empty when it has no such label. */
  pool: string;
  standing: Standing;
  /** Why it is `lost`, for people: `condition VMEventScheduled`. */
  loss?: string;
}

/** Taints of the cluster autoscaler on a node that it is removing, or will remove when it stays unneeded. */
const deletingTaint = "ToBeDeletedByClusterAutoscaler";
const candidateTaint = "DeletionCandidateOfClusterAutoscaler";

/** The scheduler puts no pod there, so an evicted one does not come back. */
export function isClosed({ ready, cordoned, taints }: Node, { pools }: Policy): boolean {
  const { lossTaints } = pools.spot;
  return (
    !ready ||
    cordoned ||
    taints.some(({ key, effect }) => lossTaints.includes(key) && effect !== "PreferNoSchedule")
  );
}

export function viewNode(node: Node, index: number, policy: Policy): NodeView {
  const priority = priorityOf(node, policy);
  const pool = node.labels[policy.pools.nameLabel] ?? "";
  if (isRetiring(node)) return { node, index, priority, pool, standing: "retiring" };
  const loss = lossOf(node, policy);
  return loss
    ? { node, index, priority, pool, standing: "lost", loss }
    : { node, index, priority, pool, standing: "usable" };
}

/** On nodes of the control plane, where they keep pods away, nothing of ours has any business. */
const controlPlaneTaint = "node-role.kubernetes.io/control-plane";

/** No labels for spot: no node is. No labels for regular: every other node is that ordinary pods may go to. */
export function priorityOf(node: Node, policy: Policy): Priority | undefined {
  if (node.taints.some(({ key, effect }) => key === controlPlaneTaint && effect !== "PreferNoSchedule"))
    return undefined;
  const { nodeLabels } = policy.pools.spot;
  if (Object.keys(nodeLabels).length > 0 && hasLabels(node.labels, nodeLabels)) return "spot";
  if (hasLabels(node.labels, policy.pools.regular.nodeLabels)) return "regular";
  return undefined;
}

/** True also for a node that is merely a candidate of the autoscaler: when it is gone in the next round, it was planned. */
export function mayBeRemovedByAutoscaler(node: Node): boolean {
  return node.taints.some(({ key }) => key === deletingTaint || key === candidateTaint);
}

function isRetiring(node: Node): boolean {
  return node.taints.some(({ key }) => key === deletingTaint);
}

function lossOf(node: Node, policy: Policy): string | undefined {
  const { lossConditions, lossTaints } = policy.pools.spot;
  const condition = lossConditions.find((name) => node.conditions.includes(name));
  if (condition) return `condition ${condition}`;
  const taint = node.taints.find(({ key }) => lossTaints.includes(key));
  if (taint) return `taint ${taint.key}`;
  if (node.deletingAt !== undefined) return "being deleted";
  if (!node.ready) return "not ready";
  if (node.cordoned) return "cordoned";
  return undefined;
}
