// Which Prometheus the balancer asks, and the network policies that open the way to it and back to the exporter.
import type { V1NetworkPolicyPeer } from "@kubernetes/client-node";
import type { NetworkPolicy } from "../kinds.ts";
import type { Manifest } from "../manifests.ts";
import { mapTexts } from "./mapTexts.ts";
import { own } from "./own.ts";

type Rule = { from?: V1NetworkPolicyPeer[]; to?: V1NetworkPolicyPeer[]; ports?: object[] };

export function askPrometheus(manifest: Manifest, url: string): Manifest {
  if (url === own.prometheus) return manifest;
  const asking = mapTexts(manifest, (text) => text.replace(own.prometheus, url));
  return asking.kind === "NetworkPolicy" ? openWay(asking as NetworkPolicy, url) : asking;
}

/**
 * To and from the namespace of a Service's URL, at any port: the Service's is often another than its pods', which is what
 * policies go by (https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/). What lies outside has no pods to select, so its port is opened without a peer; who then reads the
 * exporter is a collector somewhere in the cluster.
 */
function openWay(policy: NetworkPolicy, url: string): Manifest {
  const namespace = namespaceOfService(url);
  const pods = namespace === undefined ? undefined : inNamespaceOf(namespace);
  const open = (rules: Rule[] | undefined, change: (rule: Rule) => Rule) =>
    rules?.map((rule) => ([...(rule.from ?? []), ...(rule.to ?? [])].some(isOurs) ? change(rule) : rule));
  const ingress = open(policy.spec.ingress, (rule) => ({
    ...rule,
    from: [pods ?? { namespaceSelector: {} }],
  }));
  const egress = open(policy.spec.egress, () =>
    pods ? { to: [pods] } : { ports: [{ protocol: "TCP", port: portOf(new URL(url)) }] },
  );
  return { ...policy, spec: { ...policy.spec, ...(ingress && { ingress }), ...(egress && { egress }) } };
}

const isOurs = ({ podSelector }: V1NetworkPolicyPeer): boolean =>
  podSelector?.matchLabels?.["app"] === "prometheus";

const inNamespaceOf = (namespace: string): V1NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
});

/** Of `http://name.namespace.svc`, with or without the cluster's domain behind it; undefined: no such URL. */
export const namespaceOfService = (url: string): string | undefined =>
  /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(new URL(url).hostname)?.[1];

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === "https:" ? 443 : 80);
