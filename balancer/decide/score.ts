// Is a move to spot worth it: the saving weighed against what restarting the pods may cost.
import type { Workload } from "../model.ts";
import type { Policy } from "../policy.ts";

/** Saved per hour with all replicas on spot, in `costs.currency`. */
export function savingPerHour({ template, replicas }: Workload, { costs }: Policy): number {
  return (template.requests.cpu / 1000) * replicas * (costs.regularPerCpuHour - costs.spotPerCpuHour);
}

/**
 * 0…1: what the first hour on spot saves, as a part of that and the cost of restarting every pod. A workload that had
 * to come back soon after earlier moves is expected to do so again.
 */
export function score(workload: Workload, policy: Policy): number {
  const saving = Math.max(0, savingPerHour(workload, policy));
  const restarts = workload.replicas * (1 + (workload.memory?.failedReturns ?? 0));
  const cost = policy.score.restartCost * restarts;
  return saving === 0 ? 0 : saving / (saving + cost);
}
