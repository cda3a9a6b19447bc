// Emptying: moves what keeps a regular node from being empty to spot, so that the autoscaler can remove the node.
import { percent } from "../objection.ts";
import type { Draft } from "../draft.ts";
import { tooFull } from "../draft/waterMark.ts";
import { nodeFit } from "../fit/nodeFit.ts";
import type { Judgment } from "../judgment.ts";
import type { Intent } from "../intent.ts";
import type { NodeView } from "../nodeView.ts";
import { healthOf } from "../autoscaledPools.ts";
import { comesBackForLoad, isBusy, runs } from "../workloadUsage.ts";
import { keepsRoom } from "../placeholders.ts";
import { isOnEveryNode } from "../podRoles.ts";
import { isSettled } from "../replacement.ts";
import type { Step } from "../step.ts";
import { patienceWith } from "../stuck.ts";
import type { Candidate, World } from "../world.ts";

export const emptyNodes: Step = {
  name: "emptyNodes",
  run(draft, world) {
    if (world.policy.emptying.enabled) emptyPools(draft, world);
  },
};

/**
 * Tries the emptiest nodes first. A node is emptied as a whole or not at all: moves that do not end in a node less
 * would be disruption without a saving. Pods cannot be made to leave for another regular node, since the scheduler
 * likes the emptiest best, and would put them back.
 */
function emptyPools(draft: Draft, world: World): void {
  const { maxRequestedUtilization } = world.policy.emptying;
  const judged = new Map(draft.judgments.map((judgment) => [judgment.candidate.key, judgment]));
  // Those of earlier rounds whose pods are still to follow leave as well: what they empty needs no second node's moves.
  const leavingKeys = new Set([...draft.plannedKeys("ToSpot"), ...underWay(world)]);
  const returning = wishesToReturn(draft);
  const regular = world.nodes
    .filter(({ priority, standing }) => priority === "regular" && standing === "usable")
    .map((view) => ({ view, requested: requestedShare(view, world), keys: occupants(view, world) }));
  const stayingOn = ({ keys }: (typeof regular)[number]) => keys.filter((key) => !leavingKeys.has(key));

  // Some pool keeps a node to come back to.
  let left = regular.filter((each) => stayingOn(each).length > 0).length;
  for (const members of Map.groupBy(regular, ({ view }) => view.pool).values()) {
    let removable = removableNodes(
      members.map(({ view }) => view),
      world,
    );
    const inOrder = members.toSorted((a, b) => a.requested - b.requested || a.view.index - b.view.index);
    for (const each of inOrder) {
      // Those that are empty, or will be by other moves, go first.
      if (stayingOn(each).length === 0) removable--;
    }
    for (const each of inOrder) {
      const staying = stayingOn(each);
      if (removable <= 0 || left <= 1) break;
      if (staying.length === 0 || each.requested > maxRequestedUtilization) continue;
      if (each.view.node.scaleDownDisabled) continue; // the autoscaler keeps it, empty or not
      const willing = staying.flatMap((key) => {
        const judgment = judged.get(key);
        return judgment && mayLeave(judgment) ? [judgment] : [];
      });
      if (willing.length < staying.length) continue;
      const isEmptied = draft.proposeAll(
        willing.map(({ candidate }) => toIntent(candidate, each.view, each.requested, staying.length)),
        () => !returning.some((intent) => takesRoom(intent, draft, world)),
      );
      if (!isEmptied) continue;
      for (const key of staying) leavingKeys.add(key);
      removable--;
      left--;
    }
  }
}

/** What waits for room on regular, or rests before it asks for it, would take the room that is made, and keep the node. */
function wishesToReturn(draft: Draft): Intent[] {
  const planned = new Set(draft.plannedKeys());
  return draft.judgments.flatMap(({ candidate, intent, objection }): Intent[] => {
    if (planned.has(candidate.key) || candidate.workload.placement !== "spot") return [];
    if (intent?.kind === "ToRegular") return [intent];
    if (objection?.reason !== "Cooldown" || !comesBackForLoad(candidate)) return [];
    const { message, evidence = {} } = objection;
    return [{ candidate, kind: "ToRegular", reason: "Busy", voluntary: true, message, evidence }];
  });
}

/** Once the pods are gone that are to go. Books of room still have them, so the mark and an empty node have to say it. */
function takesRoom(intent: Intent, { books }: Draft, world: World): boolean {
  const { template, replicas } = intent.candidate.workload;
  const mismatch = nodeFit(template);
  const { cpu, memory } = template.requests;
  const couldRun = world.nodes.some(
    ({ node, priority, standing }) =>
      priority === "regular" &&
      standing === "usable" &&
      cpu <= node.allocatable.cpu &&
      memory <= node.allocatable.memory &&
      !mismatch(node),
  );
  return couldRun && !tooFull(intent, "regular", replicas, books, world);
}

/**
 * How many nodes of a pool the autoscaler could remove before it is at its minimum. Where it says nothing of the pool
 * it removes none: then emptying would save nothing.
 */
function removableNodes(members: NodeView[], world: World): number {
  const { pool } = members[0]!;
  const health = pool === "" ? undefined : healthOf(pool, world.nodes, world.snapshot.poolHealth);
  return health?.minSize === undefined ? 0 : members.length - health.minSize;
}

/** Keys of what was moved to spot, and has its rollout still to end. */
function underWay({ candidates, now }: World): string[] {
  return candidates
    .filter(({ workload }) => {
      const { placement, memory } = workload;
      const isOnItsWay = placement === "spot" && memory?.lastMove === "ToSpot" && !isSettled(workload);
      return isOnItsWay && now - memory.lastMovedAt < patienceWith(workload);
    })
    .map(({ key }) => key);
}

/** What is busy would come back at once. */
function mayLeave({ willing, candidate: { usage, thresholds } }: Judgment): boolean {
  return willing === "ToSpot" && !isBusy(usage, thresholds);
}

/** Keys of what runs there, apart from what runs on every node or makes room for anything; bare pods have none. */
function occupants({ node }: NodeView, world: World): string[] {
  const keys = new Set<string>();
  for (const pod of world.podsByNode.get(node.name) ?? []) {
    const key = pod.workload ?? `bare pod ${pod.namespace}/${pod.name}`;
    const isFixture = isOnEveryNode(pod) || keepsRoom(world, pod);
    if (runs(pod) && !isFixture) keys.add(key);
  }
  return [...keys].sort();
}

function requestedShare({ node }: NodeView, { podsByNode }: World): number {
  let cpu = 0;
  let memory = 0;
  for (const { requests } of podsByNode.get(node.name) ?? []) {
    cpu += requests.cpu;
    memory += requests.memory;
  }
  return Math.max(cpu / Math.max(1, node.allocatable.cpu), memory / Math.max(1, node.allocatable.memory));
}

function toIntent(candidate: Candidate, { node }: NodeView, requested: number, together: number): Intent {
  return {
    candidate,
    kind: "ToSpot",
    reason: "EmptyingNode",
    voluntary: true,
    message: `${together} workloads keep node ${node.name} from being empty, which is requested at ${percent(requested)}`,
    evidence: { node: node.name, requestedUtilization: requested, workloads: together },
  };
}
