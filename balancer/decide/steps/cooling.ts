// Hot → cool: evicts one pod from the hottest node of a pool, if the scheduler will put it on a cool one.
//
// An eviction names no destination. So the scheduler's choice is worked out first, the old node included, and there is
// no eviction where that choice is not clear: others evict for ever between nodes that are equally good.
import type { Pod } from "../../model.ts";
import { type Check, firstObjection } from "../checks/check.ts";
import { percent } from "../objection.ts";
import { poolsHealthy, rested } from "../checks/destination.ts";
import { noDoubt } from "../checks/doubt.ts";
import { movesWithoutHarm } from "../checks/manner.ts";
import { mayBeTouched, statefulSetOptedIn } from "../checks/permission.ts";
import type { Draft } from "../draft.ts";
import { evictionMove } from "../eviction.ts";
import type { Judgment } from "../judgment.ts";
import type { NodeView } from "../nodeView.ts";
import { append } from "../selectors.ts";
import { runs } from "../workloadUsage.ts";
import { nodeUtilization } from "../utilization.ts";
import type { Candidate, World } from "../world.ts";

/** How much emptier the new node must be than the old one, by requests, for the scheduler's choice to be clear. */
const clearMargin = 0.1;

const severalReplicas: Check = ({ workload: { replicas } }) =>
  replicas > 1 ? undefined : { reason: "NoSurge", message: "an eviction stops its only replica" };

const mayBeEvicted: Check[][] = [
  mayBeTouched,
  [statefulSetOptedIn, severalReplicas],
  movesWithoutHarm,
  noDoubt,
  [rested("Rebalance")],
];

/** At most one eviction per pool and round; its effect must be seen before the next. Least important pods first. */
export function coolHotNodes(judgments: Judgment[], draft: Draft, world: World): void {
  const { enabled, hotUtilization } = world.policy.balance;
  if (!enabled) return;
  const judged = new Map(judgments.map((judgment, rank) => [judgment.candidate.key, { ...judgment, rank }]));
  const planned = new Set(draft.plannedKeys());
  for (const pool of pools(world)) {
    const hot = pool
      .map((view) => ({ view, utilization: nodeUtilization(world, view) }))
      .filter(({ utilization }) => utilization >= hotUtilization)
      .sort((a, b) => b.utilization - a.utilization || a.view.index - b.view.index);
    for (const { view, utilization } of hot) {
      const onNode = (world.podsByNode.get(view.node.name) ?? [])
        .filter((pod) => runs(pod) && pod.usage && !planned.has(pod.workload ?? ""))
        .flatMap((pod) => {
          const found = judged.get(pod.workload ?? "");
          return found && !found.rescue ? [{ pod, candidate: found.candidate, rank: found.rank }] : [];
        })
        .sort(
          (a, b) =>
            a.rank - b.rank || b.pod.usage!.cpu - a.pod.usage!.cpu || (a.pod.name < b.pod.name ? -1 : 1),
        );
      const evicted = onNode.find(({ pod, candidate }) =>
        evict(pod, candidate, view, utilization, draft, world),
      );
      if (!evicted) continue;
      planned.add(evicted.candidate.key); // not from another pool as well: one move of a workload in a round
      break;
    }
  }
}

function evict(
  pod: Pod,
  candidate: Candidate,
  source: NodeView,
  hot: number,
  draft: Draft,
  world: World,
): boolean {
  if (candidate.tier === "critical" || draft.disruptions.left(candidate) < 1 || draft.budget.objection())
    return false;
  if (firstObjection([...mayBeEvicted.flat(), poolsHealthy(source.priority!)], candidate, world))
    return false;
  const { workload, key } = candidate;
  const { template } = workload;
  const priority = source.priority!;
  const placed = draft.ledger.place({
    ...{ key, workload, template, priority, count: 1 },
    leaving: [source],
    evicted: [pod],
  });
  if (!("nodes" in placed)) return false;
  const target = placed.nodes[0]!;
  const cool = nodeUtilization(world, target, pod.usage);
  // Never so when it chose the old node again, nor when a taint advises against the new one: that outweighs its room.
  const isClear =
    !target.node.taints.some(({ effect }) => effect === "PreferNoSchedule") &&
    draft.ledger.shareLeft(target, { cpu: 0, memory: 0 }) >=
      draft.ledger.shareLeft(source, template.requests) + clearMargin;
  if (cool > world.policy.balance.coolUtilization || !isClear || placed.evicted.length > 0) {
    placed.undo();
    return false;
  }
  draft.disruptions.take(candidate, 1);
  draft.budget.take(true);
  draft.moves.push(
    evictionMove(workload, [pod], [target.node.name], {
      reason: "HotNode",
      message: `${source.node.name} is used at ${percent(hot)}; on ${target.node.name} the pod leads to ${percent(cool)}`,
      score: Math.min(1, hot - cool),
      voluntary: true,
      evidence: { hotUtilization: hot, targetUtilizationAfter: cool },
    }),
  );
  return true;
}

/** Usable regular and spot nodes by pool, pools by name. */
function pools({ nodes }: World): NodeView[][] {
  const byName = new Map<string, NodeView[]>();
  for (const view of nodes) {
    if (!view.priority || view.standing !== "usable") continue;
    append(byName, `${view.priority} ${view.pool}`, view);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, views]) => views);
}
