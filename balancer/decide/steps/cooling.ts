// Hot → cool: evicts one pod from the hottest node of a pool, if the scheduler will put it on a cool one.
//
// An eviction names no destination. So the scheduler's choice is worked out first, the old node included, and there is
// no eviction where that choice is not clear: others evict for ever between nodes that are equally good.
import type { Pod } from "../../model.ts";
import { type Check, firstObjection } from "../checks/check.ts";
import { isKept } from "../littleUse.ts";
import { percent } from "../objection.ts";
import { notInVain, poolsHealthy, rested } from "../checks/destination.ts";
import { noDoubt } from "../checks/doubt.ts";
import { movesWithoutHarm } from "../checks/manner.ts";
import { mayBeTouched, statefulSetOptedIn } from "../checks/permission.ts";
import type { Draft } from "../draft.ts";
import type { Placed } from "../fit/ledger.ts";
import type { Step } from "../step.ts";
import type { NodeView } from "../nodeView.ts";
import { append } from "../../selectors.ts";
import { hasStarted, runs } from "../workloadUsage.ts";
import { nodeUtilization, nodeUtilizationWith } from "../utilization.ts";
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
  [notInVain("Rebalance"), rested("Rebalance")],
];

export const coolHotNodes: Step = {
  name: "coolHotNodes",
  run(draft, world) {
    if (world.policy.balance.enabled) coolPools(draft, world);
  },
};

/** At most one eviction per pool and average of usage: before, its effect is not seen. Least important pods first. */
function coolPools(draft: Draft, world: World): void {
  const { hotUtilization } = world.policy.balance;
  const judged = new Map(
    draft.judgments.map((judgment, rank) => [judgment.candidate.key, { ...judgment, rank }]),
  );
  const planned = new Set(draft.plannedKeys());
  const cooled = cooledLately(world);
  for (const pool of pools(world)) {
    if (pool.some(({ node }) => cooled.has(node.name))) continue;
    const hot = pool
      .map((view) => ({ view, utilization: nodeUtilization(world, view) }))
      .filter(({ utilization }) => utilization >= hotUtilization)
      .sort((a, b) => b.utilization - a.utilization || a.view.index - b.view.index);
    for (const { view, utilization } of hot) {
      const onNode = (world.podsByNode.get(view.node.name) ?? [])
        // What starts would only start again elsewhere (kubernetes-sigs/descheduler#1475).
        .filter((pod) => runs(pod) && hasStarted(pod, world) && pod.usage && !planned.has(pod.workload ?? ""))
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

/** Nodes whose measured usage still has what was evicted from them. */
function cooledLately({ snapshot, policy, now }: World): Set<string | undefined> {
  const since = now - policy.usage.rateMinutes * 60_000;
  return new Set(snapshot.state.evictions.filter(({ at }) => at > since).map(({ hotNode }) => hotNode));
}

function evict(
  pod: Pod,
  candidate: Candidate,
  source: NodeView,
  hot: number,
  draft: Draft,
  world: World,
): boolean {
  const side = source.priority!;
  if (candidate.tier === "critical" || draft.books.disruptions.left(candidate) < 1) return false;
  if (firstObjection([...mayBeEvicted.flat(), poolsHealthy(side)], candidate, world)) return false;
  const objection = draft.evict({
    ...{ candidate, pods: [pod], leaving: [source], sides: [side], reason: "HotNode", voluntary: true },
    describe(placed) {
      const target = placed.nodes[0]!;
      const cool = nodeUtilizationWith(pod, world, target);
      const isCool = cool <= world.policy.balance.coolUtilization;
      if (!isCool || !isClear(placed, source, candidate, draft)) return undefined;
      // It would come back to where it was.
      if (!isKept(target, world, [pod.requests])) return undefined;
      if (isDrawnElsewhere(pod, candidate, target, draft, world)) return undefined;
      return {
        message: `${source.node.name} is used at ${percent(hot)}; on ${target.node.name} the pod leads to ${percent(cool)}`,
        evidence: { hotUtilization: hot, targetUtilizationAfter: cool },
      };
    },
  });
  return objection === undefined;
}

/**
 * Never so when it chose the old node again, when a taint advises against the new one, which outweighs its room, or when
 * another scheduler chooses.
 */
function isClear(
  { nodes: [target], evicted }: Placed,
  source: NodeView,
  { workload: { template } }: Candidate,
  { books: { ledger } }: Draft,
): boolean {
  return (
    template.scheduler === undefined &&
    evicted.length === 0 &&
    !target!.node.taints.some(({ effect }) => effect === "PreferNoSchedule") &&
    ledger.shareLeft(target!, { cpu: 0, memory: 0 }) >=
      ledger.shareLeft(source, template.requests) + clearMargin
  );
}

/** A preference that holds on another node more than on the target, the old one above all, may outweigh its room. */
function isDrawnElsewhere(
  pod: Pod,
  { key, workload }: Candidate,
  target: NodeView,
  { books: { ledger } }: Draft,
  { nodes }: World,
): boolean {
  const attraction = ledger.attraction(key, workload, pod);
  if (!attraction) return false;
  const there = attraction(target);
  return nodes.some((view) => view.priority && view.standing === "usable" && attraction(view) > there);
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
