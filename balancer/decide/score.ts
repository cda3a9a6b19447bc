// Is a move to spot worth it: the saving weighed against what restarting the pods may cost.
import type { Workload } from "../model.ts";
import type { Policy } from "../policy.ts";

/** Saved per hour with so many replicas on spot, in `costs.currency`. */
function savingPerHour({ template }: Workload, onSpot: number, { costs }: Policy): number {
  return (template.requests.cpu / 1000) * onSpot * (costs.regularPerCpuHour - costs.spotPerCpuHour);
}

/**
 * 0…1: what the first hour on spot saves, as a part of that and the cost of restarting every pod. A workload that had
 * to come back soon after earlier moves is expected to do so again.
 * @param onSpot how many of its replicas go there
 */
export function score(workload: Workload, onSpot: number, policy: Policy): number {
  const saving = Math.max(0, savingPerHour(workload, onSpot, policy));
  const restarts = workload.replicas * (1 + (workload.memory?.failedReturns ?? 0));
  const cost = policy.score.restartCost * restarts;
  return saving === 0 ? 0 : saving / (saving + cost);
}
