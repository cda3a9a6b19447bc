// Changes that several workloads' pod specs need.
import type { V1PodSpec, V1PodTemplateSpec, V1Toleration } from "@kubernetes/client-node";
import type { NodeLabels } from "../nodeLabels.ts";
import type { Manifest } from "./manifests.ts";

export type PlaceOnNodes = (pod: V1PodSpec) => void;

/** Binds pods to nodes with these labels; no labels: to none in particular. */
export const placeOn =
  (labels: NodeLabels, tolerations: V1Toleration[]): PlaceOnNodes =>
  (pod) => {
    if (Object.keys(labels).length > 0) pod.nodeSelector = { ...pod.nodeSelector, ...labels };
    if (tolerations.length > 0) pod.tolerations = [...(pod.tolerations ?? []), ...tolerations];
  };

interface RunsPods {
  template?: V1PodTemplateSpec;
  jobTemplate?: { spec?: RunsPods };
}

/** Of the pods that an object runs, if it runs any. */
export function findPodTemplate({ spec }: Manifest): V1PodTemplateSpec | undefined {
  const { template, jobTemplate } = (spec ?? {}) as RunsPods;
  return template ?? jobTemplate?.spec?.template;
}

export function podTemplateOf(manifest: Manifest): V1PodTemplateSpec & { spec: V1PodSpec } {
  const found = findPodTemplate(manifest);
  if (!found?.spec) throw new Error(`${manifest.kind} ${manifest.metadata.name} has no pod template`);
  return found as V1PodTemplateSpec & { spec: V1PodSpec };
}

export const podSpecOf = (manifest: Manifest): V1PodSpec => podTemplateOf(manifest).spec;

/** Has the pod's program take its settings from this ConfigMap. */
export function useSettings({ containers }: V1PodSpec, { metadata }: Manifest): void {
  const source = containers[0]?.envFrom?.[0]?.configMapRef;
  if (!source) throw new Error("the manifest's container takes no settings");
  source.name = metadata.name;
}

/** Points the pod's volume of that name to a ConfigMap. */
export function useConfigMap(pod: V1PodSpec, volume: string, { metadata }: Manifest): void {
  const source = pod.volumes?.find(({ name }) => name === volume)?.configMap;
  if (!source) throw new Error(`the manifest has no ConfigMap volume "${volume}"`);
  source.name = metadata.name;
}
