// Fields of a pod that its containers may ask for by fieldRef: those that some manifest here asks for.
import type { V1Pod } from "@kubernetes/client-node";

/** What the node adds to the manifest. */
export interface PodFacts {
  podIP: string;
  nodeName: string;
}

/** The value of a `fieldRef.fieldPath`; undefined when the path is none that is known here. */
export function podField(
  { metadata }: V1Pod,
  fieldPath: string,
  { nodeName, podIP }: PodFacts,
): string | undefined {
  const values: Record<string, string | undefined> = {
    "metadata.name": metadata?.name,
    "metadata.namespace": metadata?.namespace,
    "spec.nodeName": nodeName,
    "status.podIP": podIP,
  };
  return values[fieldPath];
}
