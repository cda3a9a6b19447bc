// A move that changes the pod template: what is written, what it evicts, and what the workload is to remember.
import { type Move, type Pod, type Priority, workloadRef } from "../../model.ts";
import type { DisruptionBudgets } from "../budgets.ts";
import type { Placed } from "../fit/ledger.ts";
import type { Intent } from "../intent.ts";
import { remember } from "../memory.ts";
import { isReplacedByEviction } from "../replacement.ts";
import { roomMade } from "../room.ts";
import { brokenPods } from "../stalePods.ts";
import type { World } from "../world.ts";

export function placementMove(
  intent: Intent,
  worth: number | undefined,
  placed: Placed,
  { policy, now }: World,
): Move {
  const { candidate, kind, reason, message, evidence, voluntary } = intent;
  const { workload } = candidate;
  const { nodes, growsBy } = placed;
  const destination: Priority = kind === "ToSpot" ? "spot" : "regular";
  const renews = workload.placement === destination;
  const about = { kind, reason, didNotStay: evidence.didNotStay === true, renews };
  return {
    kind,
    workload: workloadRef(workload),
    uid: workload.uid,
    generation: workload.status.generation,
    source: kind === "ToSpot" ? "regular" : "spot",
    destination,
    placement: destination,
    ...(renews && { renews }),
    evictions: [],
    ...roomMade(placed),
    nodes: nodes.map(({ node }) => node.name),
    ...(growsBy && { growsBy }),
    reason,
    message: growsBy
      ? `${message}; regular has to grow by ${growsBy} node${growsBy === 1 ? "" : "s"}`
      : message,
    ...(worth !== undefined && { score: worth }),
    voluntary,
    evidence,
    memory: remember(workload, about, policy, now),
  };
}

/**
 * The first pod of an ownerless ReplicaSet; of those on lost nodes all that may go. The others follow later. Of a
 * StatefulSet the pods that would hold its way back up.
 */
export function evictedByMove(
  { candidate, voluntary }: Intent,
  destination: Priority,
  disruptions: DisruptionBudgets,
  world: World,
): Pod[] {
  if (!isReplacedByEviction(candidate.workload)) {
    const broken = destination === "regular" ? brokenPods(candidate, world) : [];
    return disruptions.allowed(candidate, broken).pods;
  }
  const { nodeByName } = world;
  const elsewhere = candidate.pods.filter(
    ({ nodeName, deletingAt }) =>
      nodeName !== undefined &&
      deletingAt === undefined &&
      nodeByName.get(nodeName)?.priority !== destination,
  );
  if (voluntary) return elsewhere.slice(0, 1);
  const lost = elsewhere.filter(({ nodeName }) => nodeByName.get(nodeName!)?.standing === "lost");
  const { pods: allowed } = disruptions.allowed(candidate, lost);
  return allowed.length > 0 ? allowed : lost.slice(0, 1);
}
