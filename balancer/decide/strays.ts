// Pods of a workload placed on spot that are not there: they fell back to regular, came by scaling, or landed elsewhere.
import type { Pod, Workload } from "../model.ts";
import { topologyKeys } from "./apart.ts";
import { wantedReplicas } from "./split.ts";
import type { Candidate, World } from "./world.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Running pods away from spot, beyond what its split wants on regular. A pod whose node is gone stands in the list for a
 * minute or more (kubernetes/kubernetes#60066, karpenter-provider-aws#4784), and is replaced by itself.
 */
export function strays(candidate: Candidate, { policy, nodeByName }: World): Pod[] {
  const away = candidate.pods.filter(({ nodeName, deletingAt }) => {
    const view = nodeByName.get(nodeName ?? "");
    return deletingAt === undefined && view !== undefined && view.priority !== "spot";
  });
  return away.slice(wantedReplicas(candidate.workload, policy).regular);
}

/**
 * Its last move to spot did not last, and no loss explains it: the scheduler or an autoscaler wanted it elsewhere. Its pods
 * say when: one that stands away from spot was made soon after that move.
 */
export function didNotStay(candidate: Candidate, world: World): boolean {
  const { memory } = candidate.workload;
  if (memory?.lastMove !== "ToSpot") return false;
  if ((world.availability.state.losses.at(-1)?.at ?? -Infinity) >= memory.lastMovedAt) return false;
  const soon = memory.lastMovedAt + 2 * world.policy.cooldown.minutes * minute;
  return strays(candidate, world).some(({ createdAt }) => createdAt < soon);
}

/**
 * It shares no node with its like, so its node had little else on it; another one would be drained, too. What else is on
 * the nodes changes: believed for a day.
 */
export function wasDrainedAlone({ template, memory }: Workload, { now }: World): boolean {
  const isApart = template.hostPorts.length > 0 || topologyKeys(template).length > 0;
  return isApart && memory !== undefined && memory.failedReturns > 0 && now - memory.lastMovedAt < day;
}
