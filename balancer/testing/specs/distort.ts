// What a round may get to see wrong: usage that is missing, or old, and a status that lags behind.
import type { Pod, Snapshot, Workload } from "../../model.ts";
import { minute, noon } from "../builders.ts";
import type { ClusterSpec, WorkloadSpec } from "./clusterSpec.ts";

/** The cluster is as it is; only what is said of it changes. */
export function distort(snapshot: Snapshot, { workloads }: ClusterSpec): Snapshot {
  const flaws = new Map(workloads.map(({ flaw }, i) => [`w${i}`, flaw]));
  const nameOf = ({ workload = "" }: Pod) => workload.slice(workload.lastIndexOf("/") + 1);
  return {
    ...snapshot,
    workloads: snapshot.workloads.map((each) => (flaws.get(each.name) === "waiting" ? settled(each) : each)),
    pods: snapshot.pods.map((pod) => seen(pod, flaws.get(nameOf(pod)))),
  };
}

function seen(pod: Pod, flaw: WorkloadSpec["flaw"]): Pod {
  if (flaw === "noSamples") return { ...pod, usage: undefined };
  if (flaw === "staleSamples" && pod.usage)
    return { ...pod, usage: { ...pod.usage, sampledAt: noon - 6 * minute } };
  return pod;
}

/** Its controller has not seen yet that a pod is missing. */
function settled(workload: Workload): Workload {
  return { ...workload, status: { ...workload.status, available: workload.replicas } };
}
