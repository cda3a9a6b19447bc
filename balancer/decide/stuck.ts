// Moves to spot that do not come to an end by themselves: only taking the placement back helps.
import type { MoveReason, Workload } from "../model.ts";
import { isMadeSince, isSettled } from "./replacement.ts";
import { presentSplit } from "./split.ts";
import type { Candidate, World } from "./world.ts";

const minute = 60_000;

/** A pod may wait a moment for the room of the one that it replaces. */
const patienceInSplit = minute;

/** What Kubernetes gives a Deployment by default, for what states no deadline of its own. */
const patienceWithRollout = 10 * minute;

/** `progressDeadlineSeconds: 2147483647` means none (kubernetes#66135), and so does whatever ends after the day. */
const longestDeadline = 24 * 60 * minute;

/** How long its rollout may take to get on. */
export const patienceWith = ({ progressDeadline }: Workload): number =>
  progressDeadline === undefined || progressDeadline > longestDeadline
    ? patienceWithRollout
    : progressDeadline;

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
 * None of the new pods ever got ready, or one of them is not and no other one has been made since: a quota or webhook
 * refuses them, or spot nodes cannot run them (another architecture, an image that they may not pull). The old ones
 * still serve, and a rollout back finds them there. Once they are gone the move has ended, and pods that are not ready
 * have other reasons.
 */
function waitingInRollout({ workload, pods }: Candidate, { now }: World): string | undefined {
  const { memory } = workload;
  if (memory?.lastMove !== "ToSpot" || now - memory.lastMovedAt < patienceWith(workload)) return undefined;
  const came = pods.filter((pod) => isMadeSince(pod, memory.lastMovedAt));
  const hasEnded = came.length === pods.length || isSettled(workload);
  const notReady = came.filter(({ ready }) => !ready);
  const getsOn = came.some(({ createdAt }) => now - createdAt < patienceWith(workload));
  const isFine = came.length > notReady.length && (getsOn || notReady.length === 0);
  if (hasEnded || isFine) return undefined;
  const minutes = Math.floor((now - memory.lastMovedAt) / minute);
  const after = `${minutes} min after it was moved`;
  return notReady.length === came.length
    ? `${after}, none of its ${came.length} new pods has become ready`
    : `${after}, ${notReady.length} of its ${came.length} new pods ${notReady.length === 1 ? "is" : "are"} not ready, and its rollout stands still`;
}
