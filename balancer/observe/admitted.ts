// What admission adds to pods and leaves out of their template: RuntimeClasses, namespaces' node selectors, webhooks.
import type { V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Pod, PodTemplate, Resources } from "../model.ts";
import type { WorkloadContext } from "./context.ts";
import { otherResources, podLimits } from "./requests.ts";
import { defaultScheduler, nodeAffinity, podTerms, topologySpread } from "./template.ts";
import { listOf, textsOf } from "./shapes.ts";

type Placing = Pick<PodTemplate, "nodeSelector" | "nodeAffinity" | "tolerations">;

/** Of a pod, as far as it says where it may run. */
export interface AdmittedSpec extends Placing {
  /** Amazon's webhook asks for `vpc.amazonaws.com/pod-eni` (aws/amazon-vpc-cni-k8s#2494). */
  otherResources?: string[];
  /** Where a quota counts them. */
  limits?: Resources;
  /** Set by webhooks of storage and of batch systems: Stork, Volcano. */
  scheduler?: string;
  /** Rules between pods, as they stand there; few pods have any. */
  between?: Pick<Json<V1PodSpec>, "affinity" | "topologySpreadConstraints">;
}

/** Undefined: it says nothing, as most do. */
export function admittedSpec(spec: Json<V1PodSpec>, countsLimits = false): AdmittedSpec | undefined {
  const placing = placementAsked(spec);
  const others = otherResources(spec);
  const limits = countsLimits ? podLimits(spec) : undefined;
  const { affinity, topologySpreadConstraints, schedulerName = defaultScheduler } = spec;
  const isBetween =
    affinity?.podAffinity !== undefined ||
    affinity?.podAntiAffinity !== undefined ||
    listOf(topologySpreadConstraints, "topologySpreadConstraints").length > 0;
  const more = {
    ...(others.length > 0 && { otherResources: others }),
    ...(limits && { limits }),
    ...(schedulerName !== defaultScheduler && { scheduler: schedulerName }),
    ...(isBetween && { between: { affinity, topologySpreadConstraints } }),
  };
  for (const _ in more) return { ...placing, ...more };
  for (const _ in placing.nodeSelector) return placing;
  return placing.nodeAffinity.length + placing.tolerations.length === 0 ? undefined : placing;
}

/** Which nodes a pod may go to, by what it says itself. */
export function placementAsked(spec: Json<V1PodSpec>): Placing {
  return {
    nodeSelector: textsOf(spec.nodeSelector, "nodeSelector"),
    nodeAffinity: nodeAffinity(spec),
    tolerations: listOf(spec.tolerations, "tolerations").filter(
      // Each pod is given two of these, for nodes that are not ready or unreachable
      // (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions).
      ({ key }) => !key?.startsWith("node.kubernetes.io/"),
    ) as PodTemplate["tolerations"],
  };
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
 * alternatives, the pod's own say all. Rules between pods count where the template has none of the sort: into those that
 * it has the API server writes each revision's labels (`matchLabelKeys`, KEP-3633).
 */
export function withAdmitted(
  template: PodTemplate,
  admitted: AdmittedSpec | undefined,
  context: WorkloadContext,
): PodTemplate {
  if (!admitted) return template;
  const { between, otherResources = [], limits, scheduler } = admitted;
  const known = new Set(template.tolerations.map((each) => JSON.stringify(each)));
  const tolerations = admitted.tolerations.filter((each) => !known.has(JSON.stringify(each)));
  return {
    ...template,
    nodeSelector: { ...admitted.nodeSelector, ...template.nodeSelector },
    nodeAffinity: admitted.nodeAffinity.length > 0 ? admitted.nodeAffinity : template.nodeAffinity,
    tolerations: tolerations.length > 0 ? [...template.tolerations, ...tolerations] : template.tolerations,
    ...(otherResources.length > 0 && {
      otherResources: [...new Set([...template.otherResources, ...otherResources])].sort(),
    }),
    ...(limits && { limits }),
    ...(scheduler !== undefined && template.scheduler === undefined && { scheduler }),
    ...(between && rulesBetween(template, between, context)),
  };
}

function rulesBetween(
  template: PodTemplate,
  spec: NonNullable<AdmittedSpec["between"]>,
  context: WorkloadContext,
): Partial<PodTemplate> {
  const { labels, podAffinity, podAntiAffinity, topologySpread: spread } = template;
  const or = <Rule>(known: Rule[], found: () => Rule[]) => (known.length > 0 ? known : found());
  // Ours, of a placement that was just taken back.
  const isOurs = ({ topologyKey }: { topologyKey: string }) =>
    topologyKey === context.policy.pools.splitLabel;
  return {
    podAffinity: or(podAffinity, () => podTerms(spec, "podAffinity", labels, context)),
    podAntiAffinity: or(podAntiAffinity, () => podTerms(spec, "podAntiAffinity", labels, context)),
    topologySpread: or(spread, () => topologySpread(spec, labels).filter((each) => !isOurs(each))),
  };
}
