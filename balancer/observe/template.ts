// What a pod template demands of a node, in the model's form.
import type { V1Affinity, V1ObjectMeta, V1PodAffinityTerm, V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Labels, Namespace, PodAffinityTerm, PodTemplate, TopologySpread } from "../model.ts";
import { otherResources, podRequests } from "./requests.ts";
import { volumesWithoutClaims } from "./volumes.ts";
import { labelSelector, matches, matchesNothing, nodeSelectorTerm } from "./selectors.ts";

/** What has to be known of the rest of the cluster to read a template. */
export interface TemplateContext {
  namespaces: Namespace[];
  priorityClasses: PriorityClass[];
}

export interface PriorityClass {
  name: string;
  value: number;
  globalDefault: boolean;
}

const hostname = "kubernetes.io/hostname";

type RawTemplate = { metadata?: Json<V1ObjectMeta>; spec?: Json<V1PodSpec> };

export function readTemplate(raw: RawTemplate, context: TemplateContext): PodTemplate {
  const labels = raw.metadata?.labels ?? {};
  const spec: Json<V1PodSpec> = raw.spec ?? { containers: [] };
  const affinity: Json<V1Affinity> = spec.affinity ?? {};
  const terms = (list: Json<V1PodAffinityTerm>[] | undefined) =>
    (list ?? []).map((term) => affinityTerm(term, labels, context.namespaces));
  return {
    labels,
    requests: podRequests(spec),
    otherResources: otherResources(spec),
    ...priorityOf(spec, context.priorityClasses),
    // A template with `nodeName` passes the scheduler by; no other node would do.
    nodeSelector: { ...spec.nodeSelector, ...(spec.nodeName && { [hostname]: spec.nodeName }) },
    nodeAffinity: (
      affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
    ).map(nodeSelectorTerm),
    tolerations: (spec.tolerations ?? []) as PodTemplate["tolerations"],
    podAffinity: terms(affinity.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    podAntiAffinity: terms(affinity.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    topologySpread: topologySpread(spec, labels),
    hostPorts: hostPorts(spec),
    volumes: volumesWithoutClaims(spec),
  };
}

function priorityOf(
  spec: Json<V1PodSpec>,
  classes: PriorityClass[],
): Pick<PodTemplate, "priority" | "priorityClass"> {
  const found = spec.priorityClassName
    ? classes.find(({ name }) => name === spec.priorityClassName)
    : classes.find(({ globalDefault }) => globalDefault);
  const name = spec.priorityClassName || found?.name;
  return { priority: spec.priority ?? found?.value ?? 0, ...(name && { priorityClass: name }) };
}

function affinityTerm(term: Json<V1PodAffinityTerm>, own: Labels, all: Namespace[]): PodAffinityTerm {
  const wanted = labelSelector(term.namespaceSelector);
  const selected = wanted ? all.filter(({ labels }) => matches(wanted, labels)).map(({ name }) => name) : [];
  const namespaces = [...(term.namespaces ?? []), ...selected];
  // A namespaceSelector that selects none must not fall back to "the own namespace".
  const selector = wanted && namespaces.length === 0 ? matchesNothing : labelSelector(term.labelSelector);
  return {
    topologyKey: term.topologyKey,
    selector: [...(selector ?? matchesNothing), ...sameValues(term.matchLabelKeys, own)],
    namespaces,
  };
}

function topologySpread(spec: Json<V1PodSpec>, own: Labels): TopologySpread[] {
  return (spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
    .map((constraint) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      ...(constraint.minDomains !== undefined && { minDomains: constraint.minDomains }),
      ...(constraint.nodeTaintsPolicy === "Honor" && { honorsTaints: true }),
      ...(constraint.nodeAffinityPolicy === "Ignore" && { ignoresAffinity: true }),
      selector: [
        ...(labelSelector(constraint.labelSelector) ?? matchesNothing),
        ...sameValues(constraint.matchLabelKeys, own),
      ],
    }));
}

/** `matchLabelKeys`: only pods with the same values as this one; `pod-template-hash` is not in the template, so left out. */
function sameValues(keys: string[] | undefined, own: Labels) {
  return (keys ?? [])
    .filter((key) => own[key] !== undefined)
    .map((key) => ({ key, operator: "In" as const, values: [own[key]!] }));
}

function hostPorts(spec: Json<V1PodSpec>): number[] {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const ports = containers.flatMap((container) => container.ports ?? []);
  return ports.flatMap(({ hostPort, containerPort }) =>
    hostPort ? [hostPort] : spec.hostNetwork ? [containerPort] : [],
  );
}
