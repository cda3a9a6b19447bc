// Fields of a pod that its containers may ask for by fieldRef.
import type { V1Pod } from "@kubernetes/client-node";

/** What the node adds to the manifest. */
export interface PodFacts {
  podIP: string;
  hostIP: string;
  nodeName: string;
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
