// Changes that several workloads' pod specs need.
import type { V1PodSpec, V1PodTemplateSpec, V1Toleration } from "@kubernetes/client-node";
import type { NodeLabels } from "../nodeLabels.ts";

export type PlaceOnNodes = (pod: V1PodSpec) => void;

/** Binds pods to nodes with these labels; no labels: to none in particular. */
export const placeOn =
  (labels: NodeLabels, tolerations: V1Toleration[]): PlaceOnNodes =>
  (pod) => {
    if (Object.keys(labels).length > 0) pod.nodeSelector = { ...pod.nodeSelector, ...labels };
    if (tolerations.length > 0) pod.tolerations = [...(pod.tolerations ?? []), ...tolerations];
  };

export function podSpecOf(template: V1PodTemplateSpec | undefined): V1PodSpec {
  if (!template?.spec) throw new Error("the manifest has no pod template");
  return template.spec;
}

/** Has the pod's program take its settings from this ConfigMap. */
export function useSettings({ containers }: V1PodSpec, configMap: string): void {
  const source = containers[0]?.envFrom?.[0]?.configMapRef;
  if (!source) throw new Error("the manifest's container takes no settings");
  source.name = configMap;
}

/** Points the pod's volume of that name to a ConfigMap. */
export function useConfigMap(pod: V1PodSpec, volume: string, configMap: string): void {
  const source = pod.volumes?.find(({ name }) => name === volume)?.configMap;
  if (!source) throw new Error(`the manifest has no ConfigMap volume "${volume}"`);
  source.name = configMap;
}
