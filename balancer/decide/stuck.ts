// Moves to spot that do not come to an end by themselves: only taking the placement back helps.
import type { MoveReason, Pod } from "../model.ts";
import { isSettled } from "./replacement.ts";
import { presentSplit } from "./split.ts";
import type { Candidate, World } from "./world.ts";

const minute = 60_000;

/** A pod may wait a moment for the room of the one that it replaces. */
const patienceInSplit = minute;

/** What Kubernetes gives a Deployment by default, for what states no deadline of its own. */
export const patienceWithRollout = 10 * minute;

/** Why a workload that is placed on spot has to come back; undefined: it arrived, or may still do so. */
export function stuckMove(
  candidate: Candidate,
  world: World,
): { reason: MoveReason; message: string } | undefined {
  const inSplit = waitingInSplit(candidate, world);
  if (inSplit) return { reason: "SplitStuck", message: inSplit };
  const inRollout = waitingInRollout(candidate, world);
  return inRollout ? { reason: "MoveStuck", message: inRollout } : undefined;
}

/** Where spot nodes are there but full, a split lets regular take no more than `maxSkew` pods ahead. */
function waitingInSplit({ workload, pods }: Candidate, { policy, now }: World): string | undefined {
  const split = presentSplit(workload, policy);
  const waiting = pods.filter(
    ({ unschedulableSince }) =>
      unschedulableSince !== undefined && now - unschedulableSince >= patienceInSplit,
  ).length;
  if (!split || waiting === 0) return undefined;
  return `${waiting} of its pods wait: its split over ${split.topologyKey} lets neither side be more than ${split.maxSkew} pods ahead`;
}

/**
 * None of the new pods ever got ready: a quota or webhook refuses them, or spot nodes cannot run them (another
 * architecture, an image that they may not pull). The old ones still serve, and a rollout back finds them there. Once
 * they are gone the move has ended, and pods that are not ready have other reasons.
 */
function waitingInRollout({ workload, pods }: Candidate, { now }: World): string | undefined {
  const { memory, progressDeadline = patienceWithRollout } = workload;
  if (memory?.lastMove !== "ToSpot" || now - memory.lastMovedAt < progressDeadline) return undefined;
  // Pods know their birth to the second.
  const isNew = ({ createdAt }: Pod) => createdAt + 1000 > memory.lastMovedAt;
  const came = pods.filter(isNew);
  const hasEnded = came.length === pods.length || isSettled(workload);
  if (hasEnded || came.some(({ ready }) => ready)) return undefined;
  const minutes = Math.floor((now - memory.lastMovedAt) / minute);
  return `${minutes} min after it was moved, none of its ${came.length} new pods has become ready`;
}
