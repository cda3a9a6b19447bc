// What Prometheus would say of a simulated pod: its share of the workload's load, now and over the policy's window.
import type { Pod, PodUsage } from "../../model.ts";
import type { Policy } from "../../policy.ts";
import type { SimPod, SimWorkload } from "./state.ts";

const minute = 60_000;

/** @returns usage of a pod that is on a node */
export function usageOf(
  { history, load }: SimWorkload,
  pods: SimPod[],
  policy: Policy,
  now: number,
): (pod: Pod) => { usage: PodUsage } {
  const running = pods.filter(({ pod }) => pod.nodeName !== undefined).length;
  const { percentile, windowMinutes } = policy.idle;
  const sorted = history.map(({ cpu }) => cpu).sort((a, b) => a - b);
  const overWindow = sorted[Math.max(0, Math.ceil(percentile * sorted.length) - 1)] ?? load.cpu;
  const lately = history.filter(({ at }) => at > now - policy.usage.rateMinutes * minute);
  const sum = lately.reduce((total, { cpu }) => total + cpu, 0);
  const cpu = lately.length === 0 ? load.cpu : sum / lately.length;
  return ({ createdAt }) => ({
    usage: {
      cpu: cpu / running,
      memory: load.memory / running,
      cpuOverWindow: overWindow / running,
      samples: Math.min(windowMinutes, Math.floor((now - createdAt) / minute)) * 4,
      sampledAt: now - 15_000,
    },
  });
}
