// What policy and cluster say past each other: most likely typing errors, told in every round until they are gone.
import { type Snapshot, workloadKey } from "../model.ts";
import { labelsText, own } from "../own.ts";
import type { Policy } from "../policy.ts";
import { tiers } from "../policy/poolSchema.ts";
import { keptApart } from "./apart.ts";
import { priorityOf } from "./nodeView.ts";
import { tierLabelOf, tierOf, unknownTier } from "./tiers.ts";

const hour = 60 * 60_000;

export function policyWarnings(snapshot: Snapshot, policy: Policy, now: number): string[] {
  if (Object.keys(policy.namespaces).length === 0)
    return ["the policy lists no namespace, so nothing may move"];
  return [
    ...poolWarnings(snapshot, policy),
    ...untaintedSpotNodes(snapshot, policy),
    ...countingSpot(snapshot, policy),
    ...namespaceWarnings(snapshot, policy),
    ...leftBehind(snapshot, policy),
    ...movedByAnother(snapshot, now),
    ...tierWarnings(snapshot, policy),
  ];
}

function poolWarnings({ nodes }: Snapshot, policy: Policy): string[] {
  if (nodes.length === 0) return [];
  const { regular, spot } = policy.pools;
  const found = new Set(nodes.map((node) => priorityOf(node, policy)));
  const spotIsMeant = Object.keys(spot.nodeLabels).length > 0;
  return [
    ...(found.has("regular")
      ? []
      : [
          `no node has the labels of pools.regular.nodeLabels (${labelsText(regular.nodeLabels)}), so nothing could come back from spot, and nothing goes there: label the regular nodes, or change the policy`,
        ]),
    ...(found.has("spot") || !spotIsMeant
      ? []
      : [
          `no node has the labels of pools.spot.nodeLabels (${labelsText(spot.nodeLabels)}), so nothing goes to spot until one has`,
        ]),
  ];
}

/** Then the scheduler sends there what nobody has placed, and what is critical. */
function untaintedSpotNodes({ nodes }: Snapshot, policy: Policy): string[] {
  const { taint } = policy.pools.spot;
  if (!taint) return [];
  const untainted = nodes
    .filter(
      (node) => priorityOf(node, policy) === "spot" && !node.taints.some(({ key }) => key === taint.key),
    )
    .map(({ name }) => name)
    .sort();
  if (untainted.length === 0) return [];
  return [
    `spot nodes without the taint of pools.spot.taint (${taint.key}=${taint.value}), where pods come that nobody has placed, critical ones too: ${shorten(untainted)}; taint their pool, or say \`taint: null\``,
  ];
}

/** Their pods need more regular nodes than before there was a spot node, whatever moves. */
function countingSpot(snapshot: Snapshot, policy: Policy): string[] {
  const found = keptApart(snapshot, policy).sort();
  if (found.length === 0) return [];
  return [
    `spread over nodes, and count spot nodes as empty ones though they may not go there: ${shorten(found)}; so each regular node takes few of their pods, and none of these nodes can go: say \`nodeTaintsPolicy: Honor\` in their topologySpreadConstraints`,
  ];
}

/** Without any namespace the list was not read. */
function namespaceWarnings({ namespaces }: Snapshot, policy: Policy): string[] {
  const known = new Set(namespaces.map(({ name }) => name));
  const missing = Object.keys(policy.namespaces).filter((name) => !known.has(name));
  if (known.size === 0 || missing.length === 0) return [];
  return [`the policy lists namespaces that do not exist: ${shorten(missing.sort())}`];
}

/** Whoever takes a namespace off the policy may think that its pods come back by that. */
function leftBehind({ workloads }: Snapshot, policy: Policy): string[] {
  const left = workloads
    .filter(
      ({ placement, namespace }) => placement === "spot" && own(policy.namespaces, namespace) === undefined,
    )
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .sort();
  if (left.length === 0) return [];
  return [
    `placed on spot in namespaces that the policy does not list, and left there: ${shorten(left)}; \`maxSpotShare: 0\` of the namespace would bring them back, and so would --release --namespaces`,
  ];
}

/** Their memory goes with them, and the state stays in a namespace: two installations would each undo what the other does. */
function movedByAnother({ workloads, state }: Snapshot, now: number): string[] {
  const moved = workloads
    .filter(
      ({ placement, memory }) => placement === "spot" && now - (memory?.lastMovedAt ?? -Infinity) < hour,
    )
    // A later try of ours that came to nothing leaves the memory of an earlier one.
    .filter((each) => (own(state.tries ?? {}, workloadKey(each))?.at ?? -Infinity) < each.memory!.lastMovedAt)
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .sort();
  if (moved.length === 0) return [];
  return [
    `moved within the last hour by a balancer whose state is not in this namespace: ${shorten(moved)}; where two are installed keep one, on a laptop say --namespace; a state that was deleted is told so for an hour as well`,
  ];
}

function tierWarnings({ workloads }: Snapshot, policy: Policy): string[] {
  const wrong = workloads
    .filter(
      (workload) =>
        own(policy.namespaces, workload.namespace) !== undefined &&
        unknownTier(workload, policy) !== undefined,
    )
    .map(
      (workload) =>
        `${workload.namespace}/${workload.name} (${tierLabelOf(workload, policy)}, taken for ${tierOf(workload, policy)})`,
    )
    .sort();
  if (wrong.length === 0) return [];
  const known = ["ignore", ...tiers].join(", ");
  return [`label ${policy.priorities.label} knows only ${known}: ${shorten(wrong)}`];
}

const shorten = (list: string[]) =>
  list.length <= 5 ? list.join(", ") : `${list.slice(0, 5).join(", ")} and ${list.length - 5} more`;
