// Emptying: moves what keeps a regular node from being empty to spot, so that the autoscaler can remove the node.
import type { Objection } from "./checks/check.ts";
import { percent } from "./checks/check.ts";
import type { Draft } from "./draft.ts";
import type { Intent, Judgment } from "./intents.ts";
import type { NodeView } from "./nodes.ts";
import { isBusy, runs } from "./usage.ts";
import { type Candidate, type World, isPlaceholder } from "./world.ts";

/**
 * Tries the emptiest nodes first. A node is emptied as a whole or not at all: moves that do not end in a node less
 * would be disruption without a saving. Pods cannot be made to leave for another regular node, since the scheduler
 * likes the emptiest best, and would put them back.
 */
export function emptyNodes(judgments: Judgment[], draft: Draft, world: World): void {
  const { enabled, maxRequestedUtilization } = world.policy.emptying;
  if (!enabled) return;
  const judged = new Map(judgments.map((judgment) => [judgment.candidate.key, judgment]));
  const leavingKeys = new Set(draft.plannedKeys("ToSpot"));
  const regular = world.nodes.filter(
    ({ priority, standing }) => priority === "regular" && standing === "usable",
  );
  const occupied = regular
    .map((view) => ({ view, requested: requestedShare(view, world), keys: occupants(view, world) }))
    .filter(({ keys, requested }) => keys.length > 0 && requested <= maxRequestedUtilization)
    .sort((a, b) => a.requested - b.requested || a.view.index - b.view.index);

  // The pool keeps a node to come back to.
  let left = regular.filter((view) => occupants(view, world).some((key) => !leavingKeys.has(key))).length;
  for (const { view, requested, keys } of occupied) {
    const staying = keys.filter((key) => !leavingKeys.has(key));
    if (staying.length === 0 || left <= 1) continue;
    const willing = staying
      .map((key) => judged.get(key))
      .filter((judgment) => judgment && mayLeave(judgment));
    if (willing.length < staying.length) continue;
    const intents = willing.map((judgment) => toIntent(judgment!.candidate, view, requested, staying.length));
    const refused: Objection | undefined = draft.proposeAll(intents);
    if (refused) continue;
    for (const key of staying) leavingKeys.add(key);
    left--;
  }
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
    const isFixture = pod.mirror || key.startsWith("DaemonSet/") || isPlaceholder(world, pod.workload);
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
