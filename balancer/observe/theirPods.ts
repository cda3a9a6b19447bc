// What pods have that their template does not show: what admission gave them, and what cannot be read of them.
import { type Labels, type Node, type Pod, type Resources, type Workload, workloadKey } from "../model.ts";
import type { WorkloadContext } from "./context.ts";
import { withAdmitted, youngestAdmitted } from "./admitted.ts";
import type { ObservedPod } from "./pods.ts";
import { systemLabel } from "./selectors.ts";

/** Workloads as their next pods will be. */
export function asTheirPods(
  workloads: Workload[],
  observed: ObservedPod[],
  context: WorkloadContext,
  nodes: Node[],
): Workload[] {
  const selectors = new Map(context.namespaces.map(({ name, nodeSelector }) => [name, nodeSelector]));
  const systems = systemsOf(observed, nodes);
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
    const [system, selector] = [systems.get(key), selectors.get(workload.namespace)];
    const template =
      system || selector
        ? { ...ofPods, nodeSelector: { ...system, ...ofPods.nodeSelector, ...selector } }
        : ofPods;
    if (template === workload.template && fault === workload.fault) return workload;
    return { ...workload, template, ...(fault !== undefined && { fault }) };
  });
}

/**
 * An image is of one operating system, and few charts say which: on a node of the other one its pods would never start
 * (zalando/postgres-operator#1229, pegasystems/pega-helm-charts#598). So a workload stays with that of its pods.
 */
function systemsOf(observed: ObservedPod[], nodes: Node[]): Map<string, Labels> {
  const byNode = new Map(nodes.map(({ name, labels }) => [name, labels[systemLabel]]));
  const systems = new Map<string, Labels>();
  if (new Set([...byNode.values()].filter(Boolean)).size < 2) return systems;
  for (const { pod } of observed) {
    const system = byNode.get(pod.nodeName ?? "");
    if (pod.workload !== undefined && pod.ready && system)
      systems.set(pod.workload, { [systemLabel]: system });
  }
  return systems;
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
