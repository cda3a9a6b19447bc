// Which nodes a pod template may go to at all: node affinity, taints, the zone of its volumes.
import type { Labels, Node, PodTemplate, Taint, Toleration } from "../../model.ts";
import { hasLabels, labelOf } from "../../own.ts";
import { matches, matchesAnyTerm, wholeNumber } from "../../selectors.ts";

export type NodeMismatch = "NodeAffinity" | "Taints" | "VolumeZone" | "VolumeDriver";

export const zoneLabel = "topology.kubernetes.io/zone";

/**
 * A function that answers for one node why the template may not go there. Nodes that agree in the labels the template
 * asks about, and in their taints, are judged once.
 */
export function nodeFit(template: PodTemplate): (node: Node) => NodeMismatch | undefined {
  const keys = [
    ...Object.keys(template.nodeSelector),
    ...template.nodeAffinity.flatMap((term) => term.map(({ key }) => key)),
    ...(template.volumes.zones.length > 0 ? [zoneLabel] : []),
    ...(template.volumes.demands ?? []).map(({ key }) => key),
  ];
  const known = new Map<string, NodeMismatch | undefined>();
  return (node) => {
    let kind = taintText(node.taints);
    for (const key of keys) kind += `\n${labelOf(node.labels, key) ?? "\t"}`;
    if (lacksDriver(template, node)) kind += "\n-";
    if (known.has(kind)) return known.get(kind);
    const mismatch = mismatchOf(template, node);
    known.set(kind, mismatch);
    return mismatch;
  };
}

/** Node selector and required node affinity. */
export function matchesNodeAffinity(
  template: Pick<PodTemplate, "nodeSelector" | "nodeAffinity">,
  labels: Labels,
): boolean {
  return hasLabels(labels, template.nodeSelector) && matchesAnyTerm(template.nodeAffinity, labels);
}

function mismatchOf(template: PodTemplate, node: Node): NodeMismatch | undefined {
  if (!matchesNodeAffinity(template, node.labels)) return "NodeAffinity";
  if (!toleratesTaints(template, node)) return "Taints";
  const { zones, demands = [] } = template.volumes;
  if (zones.length > 0 && !zones.includes(node.labels[zoneLabel] ?? "")) return "VolumeZone";
  if (!matches(demands, node.labels)) return "VolumeZone";
  return lacksDriver(template, node) ? "VolumeDriver" : undefined;
}

/**
 * The scheduler puts a pod there all the same, which then starts for ever: drivers are DaemonSets, and few of them tolerate spot
 * (Azure/secrets-store-csi-driver-provider-azure#120, kubernetes-sigs/aws-efs-csi-driver#122).
 */
const lacksDriver = ({ volumes: { drivers } }: PodTemplate, { lacksDrivers }: Node): boolean =>
  drivers !== undefined && lacksDrivers !== undefined && drivers.some((each) => lacksDrivers.includes(each));

/** Those that keep pods away; a preference does not. */
export function toleratesTaints(
  { tolerations }: Pick<PodTemplate, "tolerations">,
  { taints }: Pick<Node, "taints">,
): boolean {
  return taints.every((taint) => taint.effect === "PreferNoSchedule" || isTolerated(taint, tolerations));
}

/** By a taint that keeps nobody away, but outweighs what the pods prefer. */
export function isAdvisedAgainst({ tolerations }: PodTemplate, { taints }: Node): boolean {
  return taints.some((taint) => taint.effect === "PreferNoSchedule" && !isTolerated(taint, tolerations));
}

/** For some seconds only is not: the pod would be put there, and evicted when they are over, again and again. */
function isTolerated(taint: Taint, tolerations: Toleration[]): boolean {
  return tolerations.some(
    ({ key, operator, value, effect, tolerationSeconds }) =>
      (tolerationSeconds === undefined || taint.effect !== "NoExecute") &&
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === "" ? operator === "Exists" : key === taint.key) &&
      isOfValue(operator, value ?? "", taint.value ?? ""),
  );
}

/** `Gt`: the taint's value is the greater one (KEP-5471); both must be whole numbers. */
function isOfValue(operator: Toleration["operator"], value: string, ofTaint: string): boolean {
  if (operator === "Exists") return true;
  if (operator !== "Gt" && operator !== "Lt") return value === ofTaint;
  const [asked, found] = [value, ofTaint].map(wholeNumber) as [number, number];
  return operator === "Gt" ? found > asked : found < asked;
}

/** Lists of taints are few and shared by many nodes, or at least short. */
const taintTexts = new WeakMap<Taint[], string>();

function taintText(taints: Taint[]): string {
  if (taints.length === 0) return "";
  let text = taintTexts.get(taints);
  if (text === undefined) {
    text = taints.map(({ key, value, effect }) => `${key}=${value ?? ""}:${effect}`).join();
    taintTexts.set(taints, text);
  }
  return text;
}
