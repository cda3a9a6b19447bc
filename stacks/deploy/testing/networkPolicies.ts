// Which connections NetworkPolicies allow, after https://kubernetes.io/docs/concepts/services-networking/network-policies
//
// kwok's nodes and our process node enforce no policy, so the local environment cannot tell.
import { BlockList } from "node:net";
import type {
  V1LabelSelector,
  V1LabelSelectorRequirement,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from "@kubernetes/client-node";

type Labels = Record<string, string>;

/** One end of a connection. */
export type End =
  | Pod
  /** No pod, but an address outside the cluster. */
  | { address: string }
  /** A node, a pod in a node's network, or the API server: selectors do not name it, nor, with Cilium, its address. */
  | "node";

interface Pod {
  namespace: string;
  labels: Labels;
  /** By name. */
  ports: Record<string, number>;
}

export interface Rules {
  policies: readonly V1NetworkPolicy[];
  /** Labels of each namespace, by its name. */
  namespaces: Record<string, Labels>;
}

interface Target {
  protocol: "TCP" | "UDP";
  port: number;
}

/** Whether both ends allow it. An end that is no pod allows everything. */
export const isAllowed = (rules: Rules, from: End, to: End, target: Target): boolean =>
  allowsAt("Egress", rules, from, to, target) && allowsAt("Ingress", rules, to, from, target);

function allowsAt(
  direction: "Ingress" | "Egress",
  rules: Rules,
  own: End,
  other: End,
  target: Target,
): boolean {
  if (!isPod(own)) return true;
  const named = direction === "Ingress" ? own : other;
  const { namespace } = own;
  const selecting = rules.policies.filter(
    ({ metadata, spec }) =>
      metadata?.namespace === namespace &&
      matches(spec?.podSelector, own.labels) &&
      typesOf(spec).includes(direction),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ spec }) =>
    direction === "Ingress"
      ? spec?.ingress?.some(({ _from, from = _from, ports }: FromRule) => opens(from, ports))
      : spec?.egress?.some(({ to, ports }) => opens(to, ports)),
  );

  function opens(
    peers: V1NetworkPolicyPeer[] | undefined,
    ports: V1NetworkPolicyPort[] | undefined,
  ): boolean {
    const isPeer =
      !peers?.length || peers.some((peer) => matchesPeer(peer, other, namespace, rules.namespaces));
    return isPeer && (!ports?.length || ports.some((port) => matchesPort(port, named, target)));
  }
}

/** The client's types spell `from` with an underscore; manifests do not. */
type FromRule = {
  _from?: V1NetworkPolicyPeer[];
  from?: V1NetworkPolicyPeer[];
  ports?: V1NetworkPolicyPort[];
};

const isPod = (end: End): end is Pod => typeof end === "object" && "namespace" in end;

const typesOf = (spec: V1NetworkPolicy["spec"]) =>
  spec?.policyTypes ?? ["Ingress", ...(spec?.egress?.length ? ["Egress"] : [])];

function matchesPeer(
  { ipBlock, podSelector, namespaceSelector }: V1NetworkPolicyPeer,
  end: End,
  ownNamespace: string,
  namespaces: Rules["namespaces"],
): boolean {
  if (end === "node") return false;
  if (!isPod(end)) return ipBlock !== undefined && isInside(end.address, ipBlock);
  if (ipBlock) return false;
  const isNamespace = namespaceSelector
    ? matches(namespaceSelector, {
        ...namespaces[end.namespace],
        "kubernetes.io/metadata.name": end.namespace,
      })
    : end.namespace === ownNamespace;
  return isNamespace && (!podSelector || matches(podSelector, end.labels));
}

function isInside(address: string, { cidr, except = [] }: { cidr: string; except?: string[] }): boolean {
  const contains = (range: string) => {
    const [first = "", length] = range.split("/");
    const list = new BlockList();
    list.addSubnet(first, Number(length), first.includes(":") ? "ipv6" : "ipv4");
    return list.check(address, address.includes(":") ? "ipv6" : "ipv4");
  };
  return contains(cidr) && !except.some(contains);
}

function matchesPort({ port, endPort, protocol = "TCP" }: V1NetworkPolicyPort, named: End, target: Target) {
  if (protocol !== target.protocol) return false;
  if (port === undefined) return true;
  const first = typeof port === "number" ? port : isPod(named) ? named.ports[port] : undefined;
  return first !== undefined && target.port >= first && target.port <= (endPort ?? first);
}

/** An empty selector takes all, one that is missing none. */
function matches(selector: V1LabelSelector | undefined, labels: Labels): boolean {
  return (
    selector !== undefined &&
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels))
  );
}

function meets({ key, operator, values = [] }: V1LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      throw new Error(`expected In, NotIn, Exists or DoesNotExist, got ${operator}`);
  }
}
