// What a pod template demands of a node, in the model's form.
import type { V1ObjectMeta, V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { HostPort, PodTemplate, TopologySpread } from "../model.ts";
import type { TemplateContext } from "./context.ts";
import { affinityTerm, preferencesOf, sameValues } from "./affinity.ts";
import { doNotDisturb } from "./disturbance.ts";
import { otherResources, podLimits, podRequests } from "./requests.ts";
import { labelSelector, matchesNothing, nodeName, nodeSelectorTerm, systemLabel } from "./selectors.ts";
import { listOf, textsOf } from "./shapes.ts";
import { volumesWithoutClaims } from "./volumes.ts";

export const defaultScheduler = "default-scheduler";

type Spec = Json<V1PodSpec>;
type RawTemplate = { metadata?: Json<V1ObjectMeta>; spec?: Spec };

export function readTemplate(raw: RawTemplate, context: TemplateContext): PodTemplate {
  const labels = textsOf(raw.metadata?.labels, "labels");
  const spec: Spec = raw.spec ?? { containers: [] };
  const preferences = preferencesOf(spec, labels, context);
  const asked = doNotDisturb(raw.metadata ?? {});
  const limits = podLimits(spec);
  return {
    labels,
    requests: podRequests(spec),
    ...(limits && { limits }),
    otherResources: otherResources(spec),
    ...priorityOf(spec, context),
    // A template with `nodeName` passes the scheduler by; no other node would do. The kubelet refuses what is for another
    // operating system, of which the scheduler does not ask (kubernetes/website#38843).
    nodeSelector: {
      ...(spec.os?.name && { [systemLabel]: spec.os.name }),
      ...textsOf(spec.nodeSelector, "nodeSelector"),
      ...(spec.nodeName && { [nodeName]: spec.nodeName }),
    },
    nodeAffinity: nodeAffinity(spec),
    tolerations: [...listOf(spec.tolerations, "tolerations")] as PodTemplate["tolerations"],
    podAffinity: podTerms(spec, "podAffinity", labels, context),
    podAntiAffinity: podTerms(spec, "podAntiAffinity", labels, context),
    topologySpread: topologySpread(spec, labels),
    hostPorts: hostPorts(spec),
    volumes: volumesWithoutClaims(spec, raw.metadata?.annotations),
    ...(preferences.length > 0 && { preferences }),
    ...(spec.schedulerName && spec.schedulerName !== defaultScheduler && { scheduler: spec.schedulerName }),
    ...(asked !== undefined && { doNotDisturb: asked }),
  };
}

/** The required terms. */
export function nodeAffinity({ affinity }: Pick<Spec, "affinity">): PodTemplate["nodeAffinity"] {
  const selector = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return listOf(selector?.nodeSelectorTerms, "nodeSelectorTerms").map(nodeSelectorTerm);
}

/** The required terms between pods. @param own labels of the pods that they stand in */
export function podTerms(
  { affinity }: Pick<Spec, "affinity">,
  kind: "podAffinity" | "podAntiAffinity",
  own: PodTemplate["labels"],
  context: TemplateContext,
): PodTemplate["podAffinity"] {
  const terms = affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution;
  return listOf(terms, kind).map((term) => affinityTerm(term, own, context));
}

function priorityOf(
  spec: Spec,
  { priorityClasses }: TemplateContext,
): Pick<PodTemplate, "priority" | "priorityClass" | "missing"> {
  const found = spec.priorityClassName
    ? priorityClasses.find(({ name }) => name === spec.priorityClassName)
    : priorityClasses.find(({ globalDefault }) => globalDefault);
  const name = spec.priorityClassName || found?.name;
  return {
    priority: spec.priority ?? found?.value ?? 0,
    ...(name && { priorityClass: name }),
    ...(name && !found && !name.startsWith("system-") && { missing: `PriorityClass ${name}` }),
  };
}

export function topologySpread(
  spec: Pick<Spec, "topologySpreadConstraints">,
  own: PodTemplate["labels"],
): TopologySpread[] {
  return listOf(spec.topologySpreadConstraints, "topologySpreadConstraints")
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
    .map((constraint) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      ...(constraint.minDomains !== undefined && { minDomains: constraint.minDomains }),
      ...(constraint.nodeTaintsPolicy === "Honor" && { honorsTaints: true }),
      ...(constraint.nodeAffinityPolicy === "Ignore" && { ignoresAffinity: true }),
      selector: [
        ...(labelSelector(constraint.labelSelector) ?? matchesNothing),
        ...sameValues(constraint.matchLabelKeys, own, "In"),
      ],
    }));
}

/** Of its containers and sidecars; on the node's network every container port is one of the node. */
export function hostPorts(spec: Spec): HostPort[] {
  const sidecars = listOf(spec.initContainers, "initContainers").filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  const ports: HostPort[] = [];
  for (const container of [...listOf(spec.containers, "containers"), ...sidecars]) {
    for (const { hostPort, containerPort, protocol = "TCP", hostIP = "" } of listOf(
      container.ports,
      "ports",
    )) {
      const port = hostPort || (spec.hostNetwork ? containerPort : 0);
      if (!port) continue;
      const isPlain = protocol === "TCP" && (hostIP === "" || hostIP === "0.0.0.0");
      ports.push(isPlain ? port : { port, protocol, hostIP });
    }
  }
  return ports;
}
