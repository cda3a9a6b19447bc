// Fields of a pod that its containers may ask for: fieldRef and resourceFieldRef.
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { quantity } from "./quantity.ts";

/** What the node adds to the manifest. */
export interface PodFacts {
  podIP: string;
  hostIP: string;
  nodeName: string;
  /** What a container without limits may use: the node's allocatable, as quantities. */
  allocatable: Readonly<Record<string, string>>;
}

const lines = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
    .join("\n");

/** The value of a `fieldRef.fieldPath`; undefined when the path is none that exists. */
export function podField(pod: V1Pod, fieldPath: string, facts: PodFacts): string | undefined {
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined)
    return pod.metadata?.[map as "labels" | "annotations"]?.[key] ?? "";
  switch (fieldPath) {
    case "metadata.name":
      return pod.metadata?.name;
    case "metadata.namespace":
      return pod.metadata?.namespace;
    case "metadata.uid":
      return pod.metadata?.uid;
    case "metadata.labels":
      return lines(pod.metadata?.labels);
    case "metadata.annotations":
      return lines(pod.metadata?.annotations);
    case "spec.nodeName":
      return facts.nodeName;
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.podIPs":
      return facts.podIP;
    case "status.hostIP":
    case "status.hostIPs":
      return facts.hostIP;
    default:
      return undefined;
  }
}

/**
 * The value of a `resourceFieldRef` such as `limits.memory`, divided by the divisor and rounded up.
 * A limit that is not set is the node's allocatable, as the kubelet has it; undefined for an unknown resource.
 */
export function resourceField(
  container: V1Container,
  resource: string,
  divisor: string | undefined,
  facts: PodFacts,
): string | undefined {
  const [, kind, name] = /^(limits|requests)\.([\w./-]+)$/.exec(resource) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  const { limits, requests } = container.resources ?? {};
  const amount =
    kind === "limits"
      ? (limits?.[name] ?? facts.allocatable[name])
      : (requests?.[name] ?? limits?.[name] ?? "0");
  if (amount === undefined) return undefined;
  const unit = divisor === undefined || quantity(divisor) === 0 ? 1 : quantity(divisor);
  // Rounded to nano first: 0.3 / 0.001 is 299.99999999999994 in binary.
  return String(Math.ceil(Number((quantity(amount) / unit).toFixed(9))));
}
