// What a move to spot is worth: what it saves an hour, less what its restarts cost, spread over a day.
import type { Workload } from "../model.ts";
import type { Policy } from "../policy.ts";

/** Over so many hours a restart is to pay. Whether spot will last that long is asked by `availability.ts`, for all alike. */
const stayHours = 24;
/** Memory that a CPU comes with, in bytes: of a Standard_D2as_v5, whose price is the default of `costs`. */
const memoryPerCpu = 4 * 2 ** 30;

/**
 * In `costs.currency` an hour, at least 0. A workload that had to come back soon after earlier moves is expected to do so again.
 * @param onSpot how many of its replicas go there
 */
export function score(
  { template: { requests }, replicas, memory }: Workload,
  onSpot: number,
  policy: Policy,
): number {
  const { regularPerCpuHour, spotPerCpuHour } = policy.costs;
  const cpus = Math.max(requests.cpu / 1000, requests.memory / memoryPerCpu);
  const saving = cpus * onSpot * (regularPerCpuHour - spotPerCpuHour);
  const restarts = replicas * (1 + (memory?.failedReturns ?? 0));
  return Math.max(0, saving - (policy.score.restartCost * restarts) / stayHours);
}
