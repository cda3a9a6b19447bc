// Splitting a workload between regular and spot, where a floor of replicas stays on regular.
//
// Its pod template gets, beside the placement, a topology spread constraint over the node label that tells spot from
// regular. Spot is preferred until it is `maxSkew` pods ahead; from then on each side gets every other pod. So with n
// replicas at least (n - maxSkew) / 2 are on regular, at any scale, without anybody watching.
import type { Autoscaler, Priority, TopologySpread, Workload } from "../model.ts";
import type { Policy } from "../policy.ts";
import { floorOf, goalOf } from "./availability/goal.ts";
import type { NodeView } from "./nodeView.ts";
import type { Candidate } from "./world/model.ts";

export interface Split {
  /** Node label that tells spot from regular. */
  topologyKey: string;
  maxSkew: number;
}

/** The largest lead of spot with which `floor` of so many replicas stay on regular; below 1: there is none. */
export function largestSkew(replicas: number, floor: number): number {
  return replicas - 2 * floor + 1;
}

/** The fewest replicas that it may be scaled down to, as far as anybody says. */
export function smallestScale({ replicas }: Workload, autoscaler: Autoscaler | undefined): number {
  return Math.min(replicas, autoscaler?.minReplicas ?? Infinity);
}

/** Replicas that stay on regular: what policy says, or what the goal of availability asks for where that is more. */
export function floorFor(
  candidate: Pick<Candidate, "workload" | "rule" | "tier" | "autoscaler">,
  policy: Policy,
): number {
  const { rule, tier, workload, autoscaler } = candidate;
  // What never goes to spot needs no floor.
  const goal = tier === "low" || tier === "standard" ? goalOf(candidate, policy) : 0;
  return Math.max(rule.regularFloor, floorOf(goal, smallestScale(workload, autoscaler)));
}

/** How a workload goes to spot where a floor stays on regular; with a `maxSkew` below 1 it cannot. */
export function splitFor(
  { workload, floor, autoscaler }: Pick<Candidate, "workload" | "floor" | "autoscaler">,
  { pools }: Policy,
): Split | undefined {
  if (floor === 0) return undefined;
  const maxSkew = largestSkew(smallestScale(workload, autoscaler), floor);
  return { topologyKey: pools.splitLabel, maxSkew };
}

/** How many replicas end up where: all that may go to spot do. */
export function sharesOf(replicas: number, split: Split | undefined): Record<Priority, number> {
  const regular = split ? Math.max(0, Math.ceil((replicas - split.maxSkew) / 2)) : 0;
  return { regular, spot: replicas - regular };
}

/** The split that its template asks for now; only one of ours counts, and we own the template's placement on spot. */
export function presentSplit({ placement, template }: Workload, policy: Policy): Split | undefined {
  if (placement !== "spot") return undefined;
  const spread = template.topologySpread.find((each) => isOverPools(each, policy));
  return spread && { topologyKey: spread.topologyKey, maxSkew: spread.maxSkew };
}

/** Where its template wants its replicas now. */
export function wantedReplicas(workload: Workload, policy: Policy): Record<Priority, number> {
  const { placement, replicas } = workload;
  return placement === "spot"
    ? sharesOf(replicas, presentSplit(workload, policy))
    : { regular: replicas, spot: 0 };
}

export function isOverPools({ topologyKey }: TopologySpread, { pools }: Policy): boolean {
  return topologyKey === pools.splitLabel;
}

/** Without our constraint: how a plan spreads the pods of a split workload is counted, not searched. */
export function withoutSplit(workload: Workload, policy: Policy): Workload {
  if (!presentSplit(workload, policy)) return workload;
  const topologySpread = workload.template.topologySpread.filter((each) => !isOverPools(each, policy));
  return { ...workload, template: { ...workload.template, topologySpread } };
}

/** Why the nodes' labels do not tell spot from regular, as a constraint needs it; undefined: they do. */
export function splitLabelProblem(nodes: NodeView[], { pools: { splitLabel } }: Policy): string | undefined {
  const values: Record<Priority, Set<string | undefined>> = { regular: new Set(), spot: new Set() };
  for (const { node, priority } of nodes) if (priority) values[priority].add(node.labels[splitLabel]);
  const [regular] = values.regular;
  const [spot] = values.spot;
  const isClear =
    values.regular.size === 1 && values.spot.size === 1 && regular !== undefined && spot !== undefined;
  const foreign = nodes.find(({ node: { labels }, priority }) => {
    const value = labels[splitLabel];
    return !priority && value !== undefined && value !== regular;
  });
  if (isClear && regular !== spot && !foreign) return undefined;
  return `node label ${splitLabel} (pools.splitLabel) does not have one value on all regular nodes and another on all spot nodes`;
}
