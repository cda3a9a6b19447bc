// The policy of whoever has none yet: what a dry run shows before anybody has written one.
import type { Policy } from "../policy.ts";
import { type PresetName, presetOf, withPreset } from "./presets.ts";
import { policySchema } from "./schema.ts";

/** As much of a cluster as is looked at. */
export interface SeenCluster {
  nodes: readonly { labels: Readonly<Record<string, string>> }[];
  namespaces: readonly { name: string }[];
}

/**
 * Namespaces of the cluster itself. `kube-` is reserved
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/), and kubebuilder calls an operator's
 * `<project>-system` (kubernetes-sigs/kubebuilder, testdata/project-v2/config/default/kustomization.yaml). The rest is our
 * own list of what clouds and add-ons are seen to use; whoever is left out by it names them (`--namespaces`).
 */
const ofTheCluster = /^(kube|gke|gmp|aks|openshift)-|-system$|^(karpenter|placeholder)$/;

export const isOfTheCluster = (namespace: string): boolean => ofTheCluster.test(namespace);

export interface OptedIn {
  policy: Policy;
  /** Found by the nodes' labels. */
  preset?: PresetName;
  /** Judged as if they were listed. */
  namespaces: string[];
  leftOut: string[];
}

/** @param only these, whatever they are called; missing: all but those of the cluster itself */
export function optedIn({ nodes, namespaces }: SeenCluster, only?: readonly string[]): OptedIn {
  const names = namespaces.map(({ name }) => name).sort();
  const judged = only ? [...only] : names.filter((name) => !isOfTheCluster(name));
  const preset = presetOf(nodes);
  const written = {
    ...(preset ? { preset } : { pools: { regular: { nodeLabels: {} } } }),
    namespaces: Object.fromEntries(judged.map((name) => [name, {}])),
  };
  return {
    policy: policySchema.parse(withPreset(written)),
    ...(preset && { preset }),
    namespaces: judged,
    leftOut: only ? [] : names.filter(isOfTheCluster),
  };
}
