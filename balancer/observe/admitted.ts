// What admission adds to pods and leaves out of their template: RuntimeClasses, namespaces' node selectors, webhooks.
import type { V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Pod, PodTemplate } from "../model.ts";
import { nodeAffinity } from "./template.ts";
import { listOf, textsOf } from "./shapes.ts";

/** Of a pod, as far as it says where it may run. */
export interface AdmittedSpec {
  nodeSelector: PodTemplate["nodeSelector"];
  nodeAffinity: PodTemplate["nodeAffinity"];
  tolerations: PodTemplate["tolerations"];
}

/** Undefined: it says nothing, as most do. */
export function admittedSpec(spec: Json<V1PodSpec>): AdmittedSpec | undefined {
  const nodeSelector = textsOf(spec.nodeSelector, "nodeSelector");
  const terms = nodeAffinity(spec);
  const tolerations = listOf(spec.tolerations, "tolerations").filter(
    // Each pod is given two of these, for nodes that are not ready or unreachable.
    ({ key }) => !key?.startsWith("node.kubernetes.io/"),
  ) as PodTemplate["tolerations"];
  for (const _ in nodeSelector) return { nodeSelector, nodeAffinity: terms, tolerations };
  if (terms.length === 0 && tolerations.length === 0) return undefined;
  return { nodeSelector, nodeAffinity: terms, tolerations };
}

interface Admitted {
  pod: Pod;
  admitted?: AdmittedSpec;
}

/** By workload, what its youngest pod says: the next one will be given the same. */
export function youngestAdmitted(pods: Admitted[]): Map<string, AdmittedSpec | undefined> {
  const youngest = new Map<string, Admitted>();
  for (const observed of pods) {
    const { workload, createdAt, deletingAt, name, fault } = observed.pod;
    if (workload === undefined || deletingAt !== undefined || fault !== undefined) continue;
    const known = youngest.get(workload)?.pod;
    const isYounger =
      !known || createdAt > known.createdAt || (createdAt === known.createdAt && name > known.name);
    if (isYounger) youngest.set(workload, observed);
  }
  return new Map([...youngest].map(([key, { admitted }]) => [key, admitted]));
}

/**
 * The template with what its pods have beside it. A node selector adds up; of node affinity, whose terms are
 * alternatives, the pod's own say all.
 */
export function withAdmitted(template: PodTemplate, admitted: AdmittedSpec | undefined): PodTemplate {
  if (!admitted) return template;
  const known = new Set(template.tolerations.map((each) => JSON.stringify(each)));
  const tolerations = admitted.tolerations.filter((each) => !known.has(JSON.stringify(each)));
  return {
    ...template,
    nodeSelector: { ...admitted.nodeSelector, ...template.nodeSelector },
    nodeAffinity: admitted.nodeAffinity.length > 0 ? admitted.nodeAffinity : template.nodeAffinity,
    tolerations: tolerations.length > 0 ? [...template.tolerations, ...tolerations] : template.tolerations,
  };
}
