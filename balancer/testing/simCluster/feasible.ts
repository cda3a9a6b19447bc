// May this pod go to this node? The scheduler's filters, asked one pod and one node at a time, with no index.
//
// Written apart from `decide/fit`, and kept simple enough to be seen right: it plays the scheduler in simulations, and
// is the judge over decide's plans in tests.
import { matches } from "./selector.ts";
import type {
  HostPort,
  Node,
  PodAffinityTerm,
  PodTemplate,
  Resources,
  Taint,
  TopologySpread,
} from "../../model.ts";

/** A pod as the scheduler sees it, on a node or yet without. */
export interface BoundPod {
  namespace: string;
  template: PodTemplate;
  node?: Node;
}

export type Unfit =
  | "NotReady"
  | "NodeAffinity"
  | "Taints"
  | "VolumeZone"
  | "VolumeDriver"
  | "Resources"
  | "HostPort"
  | "AntiAffinity"
  | "PodAffinity"
  | "TopologySpread";

/** @param others every other pod that is on a node; @param nodes all nodes, for the domains of a spread */
export function unfit(pod: BoundPod, node: Node, others: BoundPod[], nodes: Node[]): Unfit | undefined {
  const { template } = pod;
  if (!node.ready || node.cordoned) return "NotReady";
  if (!allowsNode(template, node)) return "NodeAffinity";
  if (!toleratesAll(template, node)) return "Taints";
  const { zones, drivers = [] } = template.volumes;
  if (zones.length > 0 && !zones.includes(node.labels["topology.kubernetes.io/zone"] ?? ""))
    return "VolumeZone";
  // The scheduler would, and the pod would not start.
  if (drivers.some((driver) => node.lacksDrivers?.includes(driver))) return "VolumeDriver";
  const here = others.filter((other) => other.node?.name === node.name);
  // Of what it does not ask for, there may be too little: who was there first may have taken too much of it.
  const asksFor = (of: Resources) => ({ ...of, storage: template.requests.storage && of.storage });
  if (!hasRoom(node, [...here.map((other) => asksFor(other.template.requests)), template.requests]))
    return "Resources";
  if (here.some((other) => shareAPort(template, other.template))) return "HostPort";
  if (violatesAntiAffinity(pod, node, others)) return "AntiAffinity";
  if (!template.podAffinity.every((term) => isNear(term, pod, node, others))) return "PodAffinity";
  if (!template.topologySpread.every((spread) => isSpread(spread, pod, node, others, nodes)))
    return "TopologySpread";
  return undefined;
}

export function hasRoom({ allocatable }: Node, requests: Resources[]): boolean {
  const sum = (pick: (resources: Resources) => number) =>
    requests.reduce((total, each) => total + pick(each), 0);
  return (
    requests.length <= allocatable.pods &&
    sum(({ cpu }) => cpu) <= allocatable.cpu &&
    sum(({ memory }) => memory) <= allocatable.memory &&
    sum(({ storage = 0 }) => storage) <= (allocatable.storage ?? Infinity)
  );
}

function allowsNode({ nodeSelector, nodeAffinity }: PodTemplate, { labels }: Node): boolean {
  const selected = Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);
  return selected && (nodeAffinity.length === 0 || nodeAffinity.some((term) => matches(term, labels)));
}

const toleratesAll = (template: PodTemplate, { taints }: Node): boolean =>
  taints.every((taint) => taint.effect === "PreferNoSchedule" || tolerates(template, taint));

export const tolerates = ({ tolerations }: PodTemplate, taint: Taint): boolean =>
  tolerations.some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (!toleration.key) return toleration.operator === "Exists";
    if (toleration.key !== taint.key) return false;
    return toleration.operator === "Exists" || (toleration.value ?? "") === (taint.value ?? "");
  });

/** Ports of the node that two pods would both listen on. */
function shareAPort(one: PodTemplate, other: PodTemplate): boolean {
  const full = (port: HostPort) =>
    typeof port === "number" ? { port, protocol: "TCP", hostIP: "0.0.0.0" } : port;
  return one.hostPorts.map(full).some((a) =>
    other.hostPorts.map(full).some((b) => {
      const isSameAddress =
        a.hostIP === b.hostIP || [a.hostIP, b.hostIP].some((ip) => ip === "" || ip === "0.0.0.0");
      return a.port === b.port && a.protocol === b.protocol && isSameAddress;
    }),
  );
}

function violatesAntiAffinity(pod: BoundPod, node: Node, others: BoundPod[]): boolean {
  const shares = (other: BoundPod, { topologyKey }: PodAffinityTerm) =>
    node.labels[topologyKey] !== undefined && other.node?.labels[topologyKey] === node.labels[topologyKey];
  return others.some(
    (other) =>
      pod.template.podAntiAffinity.some((term) => shares(other, term) && means(term, pod, other)) ||
      other.template.podAntiAffinity.some((term) => shares(other, term) && means(term, other, pod)),
  );
}

export function isNear(term: PodAffinityTerm, pod: BoundPod, node: Node, others: BoundPod[]): boolean {
  const domain = node.labels[term.topologyKey];
  if (domain === undefined) return false;
  const partners = others.filter(
    (other) => other.node?.labels[term.topologyKey] !== undefined && means(term, pod, other),
  );
  if (partners.length === 0) return means(term, pod, pod);
  return partners.some((other) => other.node!.labels[term.topologyKey] === domain);
}

/** Does the term of `from` speak of `other`? */
function means({ namespaces, selector }: PodAffinityTerm, from: BoundPod, other: BoundPod): boolean {
  const meant = namespaces.length > 0 ? namespaces : [from.namespace];
  return meant.includes(other.namespace) && matches(selector, other.template.labels);
}

/** The taints of a node that is not ready, or cordoned, are not in the model: they are what these fields say. */
const isOpen = (template: PodTemplate, node: Node) =>
  node.ready && !node.cordoned && toleratesAll(template, node);

export function isSpread(
  { topologyKey, selector, maxSkew, minDomains = 1, honorsTaints, ignoresAffinity }: TopologySpread,
  pod: BoundPod,
  node: Node,
  others: BoundPod[],
  nodes: Node[],
): boolean {
  const domain = node.labels[topologyKey];
  if (domain === undefined) return false;
  const counts = new Map<string, number>();
  const counted = new Set<string>();
  for (const each of nodes) {
    const name = each.labels[topologyKey];
    if (name === undefined || (!ignoresAffinity && !allowsNode(pod.template, each))) continue;
    if (pod.template.topologySpread.some((spread) => !(spread.topologyKey in each.labels))) continue;
    if (honorsTaints && !isOpen(pod.template, each)) continue;
    counts.set(name, 0);
    counted.add(each.name);
  }
  for (const other of others) {
    const name = other.node?.labels[topologyKey];
    if (name === undefined || !counted.has(other.node!.name)) continue;
    if (other.namespace === pod.namespace && matches(selector, other.template.labels)) {
      counts.set(name, counts.get(name)! + 1);
    }
  }
  const fewest = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const self = matches(selector, pod.template.labels) ? 1 : 0;
  return (counts.get(domain) ?? 0) + self - fewest <= maxSkew;
}
