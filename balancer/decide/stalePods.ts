// Pods that a changed template leaves behind: nothing but an eviction replaces them.
import type { Pod, Workload } from "../model.ts";
import { isReplacedByEviction, replacesNoPod } from "./replacement.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

/** Of an ownerless ReplicaSet: pods from before its last move, that are not where its template wants them. */
export function stalePods({ workload, pods }: Candidate, { nodeByName }: Pick<World, "nodeByName">): Pod[] {
  const { placement, memory } = workload;
  if (!isReplacedByEviction(workload) || !memory) return [];
  return pods.filter(({ nodeName, createdAt, deletingAt }) => {
    const side = nodeByName.get(nodeName ?? "")?.priority;
    const isThere = placement === "spot" ? side === "spot" : side !== "spot";
    return nodeName !== undefined && deletingAt === undefined && createdAt < memory.lastMovedAt && !isThere;
  });
}

/**
 * Of a StatefulSet that comes back from spot: its controller goes on only once every pod is ready, so one that will never
 * be holds it up for ever, though the template is the old one again (kubernetes#67250).
 */
export function brokenPods(candidate: Candidate, world: World): Pod[] {
  if (candidate.workload.kind !== "StatefulSet" || replacesNoPod(candidate.workload)) return [];
  return podsOn(world, candidate, "spot").filter(({ ready }) => !ready);
}

/** Those of them that its last move, back to regular, has left there. */
export function leftBroken(candidate: Candidate, world: World): Pod[] {
  const { placement, memory } = candidate.workload;
  if (placement !== "regular" || !cameBack(candidate.workload)) return [];
  return brokenPods(candidate, world).filter(({ createdAt }) => createdAt < memory!.lastMovedAt);
}

/** Our last word was that it leaves spot. */
export const cameBack = ({ placement, memory }: Workload): boolean =>
  placement === "regular" && memory?.lastMove === "ToRegular";
