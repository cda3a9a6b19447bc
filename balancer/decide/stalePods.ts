// Pods of an ownerless ReplicaSet that its last move has left behind.
import type { Pod } from "../model.ts";
import { isReplacedByEviction } from "./replacement.ts";
import type { Candidate, World } from "./world.ts";

/** Pods from before its last move, that are not where its template wants them. */
export function stalePods({ workload, pods }: Candidate, { nodeByName }: Pick<World, "nodeByName">): Pod[] {
  const { placement, memory } = workload;
  if (!isReplacedByEviction(workload) || !memory) return [];
  return pods.filter(({ nodeName, createdAt, deletingAt }) => {
    const side = nodeByName.get(nodeName ?? "")?.priority;
    const isThere = placement === "spot" ? side === "spot" : side !== "spot";
    return nodeName !== undefined && deletingAt === undefined && createdAt < memory.lastMovedAt && !isThere;
  });
}
