// What pods have that their template does not show: what admission gave them, and what cannot be read of them.
import { type Pod, type Resources, type Workload, workloadKey } from "../model.ts";
import type { WorkloadContext } from "./context.ts";
import { withAdmitted, youngestAdmitted } from "./admitted.ts";
import type { ObservedPod } from "./pods.ts";

/** Workloads as their next pods will be. */
export function asTheirPods(
  workloads: Workload[],
  observed: ObservedPod[],
  context: WorkloadContext,
): Workload[] {
  const selectors = new Map(context.namespaces.map(({ name, nodeSelector }) => [name, nodeSelector]));
  const largest = new Map<string, Required<Resources>>();
  const faults = new Map<string, string>();
  for (const { pod } of observed) {
    if (pod.workload === undefined) continue;
    const known = largest.get(pod.workload);
    if (known) raise(known, pod.requests);
    else largest.set(pod.workload, { storage: 0, ...pod.requests });
    if (pod.fault !== undefined) faults.set(pod.workload, pod.fault);
  }
  const admitted = youngestAdmitted(observed);
  return workloads.map((workload) => {
    const key = workloadKey(workload);
    const fault = workload.fault ?? faults.get(key);
    const requesting = withRequests(workload.template, largest.get(key));
    const ofPods = withAdmitted(requesting, admitted.get(key), context);
    const selector = selectors.get(workload.namespace);
    const template = selector ? { ...ofPods, nodeSelector: { ...ofPods.nodeSelector, ...selector } } : ofPods;
    if (template === workload.template && fault === workload.fault) return workload;
    return { ...workload, template, ...(fault !== undefined && { fault }) };
  });
}

/** Requests that admission gave the pods (LimitRange, vertical autoscaler) are not in the template: the larger wins. */
function withRequests(template: Workload["template"], ofPods: Pod["requests"] | undefined) {
  const { cpu, memory, storage = 0 } = template.requests;
  if (!ofPods || (ofPods.cpu <= cpu && ofPods.memory <= memory && (ofPods.storage ?? 0) <= storage))
    return template;
  const requests = { cpu, memory, storage };
  raise(requests, ofPods);
  return {
    ...template,
    requests: requests.storage > 0 ? requests : { cpu: requests.cpu, memory: requests.memory },
  };
}

function raise(sum: Required<Resources>, { cpu, memory, storage = 0 }: Resources): void {
  sum.cpu = Math.max(sum.cpu, cpu);
  sum.memory = Math.max(sum.memory, memory);
  sum.storage = Math.max(sum.storage, storage);
}
