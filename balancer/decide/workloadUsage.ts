// What a workload uses, added up over its pods, and how far that can be believed.
import type { Pod } from "../model.ts";
import type { Policy, Tier } from "../policy.ts";

export interface WorkloadUsage {
  /** Pods that have usage, and pods that should have it. */
  known: number;
  expected: number;
  /** Of requested CPU, 0…; now, and the percentile over the window. NaN when nothing is requested or known. */
  cpuUtilization: number;
  cpuUtilizationOverWindow: number;
  /** Bytes per second per pod, over the window; missing where none is measured. */
  network?: number;
  /** Pods whose traffic is not known, while that of others is. */
  withoutTraffic: number;
  /** Fewest samples of any pod; age in milliseconds of the oldest of their newest samples. */
  samples: number;
  age: number;
  /** For how long the youngest pod has run, milliseconds. */
  youngest: number;
}

/** Adds up what runs: pods that wait for a node, or are on their way out, say nothing about the load. */
export function workloadUsage(pods: Pod[], now: number): WorkloadUsage {
  let known = 0;
  let expected = 0;
  let requested = 0;
  let cpu = 0;
  let cpuOverWindow = 0;
  let network = 0;
  let withTraffic = 0;
  let withoutTraffic = 0;
  let samples = Infinity;
  let age = 0;
  let youngest = Infinity;
  for (const pod of pods) {
    if (!runs(pod)) continue;
    expected++;
    if (!pod.usage) continue;
    known++;
    youngest = Math.min(youngest, now - pod.createdAt);
    requested += pod.requests.cpu;
    // Whole numbers add up to the same sum in every order.
    cpu += Math.round(pod.usage.cpu);
    cpuOverWindow += Math.round(pod.usage.cpuOverWindow);
    if (pod.usage.networkOverWindow !== undefined) {
      network += Math.round(pod.usage.networkOverWindow);
      withTraffic++;
    }
    if (pod.usage.networkUnknown) withoutTraffic++;
    samples = Math.min(samples, pod.usage.samples);
    age = Math.max(age, now - pod.usage.sampledAt);
  }
  return {
    known,
    expected,
    cpuUtilization: requested > 0 ? cpu / requested : NaN,
    cpuUtilizationOverWindow: requested > 0 ? cpuOverWindow / requested : NaN,
    ...(withTraffic > 0 && { network: network / withTraffic }),
    withoutTraffic,
    samples: known > 0 ? samples : 0,
    age,
    youngest,
  };
}

/** Has run for as long as usage is averaged over: what starts often needs more than what serves. */
export function hasStarted({ createdAt }: Pod, { policy, now }: { policy: Policy; now: number }): boolean {
  return now - createdAt >= policy.usage.rateMinutes * 60_000;
}

/** Is on a node and meant to stay. */
export function runs(pod: Pod): boolean {
  return pod.nodeName !== undefined && pod.deletingAt === undefined;
}

type Thresholds = Pick<
  Policy["idle"],
  "enterCpuUtilization" | "exitCpuUtilization" | "enterNetworkBytesPerSecond"
>;

/** Quiet over the whole window. */
export function isIdle(usage: WorkloadUsage, thresholds: Thresholds): boolean {
  return (
    usage.cpuUtilizationOverWindow <= thresholds.enterCpuUtilization &&
    usage.cpuUtilization <= thresholds.enterCpuUtilization &&
    (usage.network ?? 0) <= thresholds.enterNetworkBytesPerSecond
  );
}

/** Loaded now; between the two thresholds a workload is neither idle nor busy, and stays where it is. */
export function isBusy(usage: WorkloadUsage, thresholds: Thresholds): boolean {
  return usage.cpuUtilization > thresholds.exitCpuUtilization;
}

/** What belongs on spot whenever it fits does not come back for its load. */
export function comesBackForLoad(candidate: {
  tier: Tier | "ignore";
  usage: WorkloadUsage;
  thresholds: Thresholds;
}): boolean {
  return candidate.tier !== "low" && isBusy(candidate.usage, candidate.thresholds);
}
