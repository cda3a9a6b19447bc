// What a move to spot is worth: what it saves an hour, less what its restarts cost over the hours that it is expected to last.
import type { Workload } from "../model.ts";
import type { World } from "./world/model.ts";

/** Nobody knows more of a workload, or of spot, than that. */
const longestStayHours = 24;
/** Memory that a CPU comes with, in bytes: of a Standard_D2as_v5, whose price is the default of `costs`. */
const memoryPerCpu = 4 * 2 ** 30;

/**
 * In `costs.currency` an hour, at least 0. A stay ends with the next loss of spot that is expected. A workload that had to come
 * back soon after earlier moves is expected to do so again.
 * @param onSpot how many of its replicas go there
 */
export function score(
  { template: { requests }, replicas, memory }: Workload,
  onSpot: number,
  { policy, availability }: Pick<World, "policy" | "availability">,
): number {
  const { regularPerCpuHour, spotPerCpuHour } = policy.costs;
  const cpus = Math.max(requests.cpu / 1000, requests.memory / memoryPerCpu);
  const saving = cpus * onSpot * (regularPerCpuHour - spotPerCpuHour);
  const stayHours = Math.min(longestStayHours, 1 / availability.expectedLoss);
  const restarts = replicas * (1 + (memory?.failedReturns ?? 0));
  return Math.max(0, saving - (policy.score.restartCost * restarts) / stayHours);
}
