// Where the API has a workload.
import type { WorkloadRef } from "../model.ts";

const plurals: Readonly<Record<string, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  ReplicaSet: "replicasets",
};

/** Kinds whose pods can be moved, as the API calls their lists. */
export const workloadLists: readonly [kind: string, plural: string][] = Object.entries(plurals);

/** @throws Error for a kind whose pods cannot be moved */
export function workloadPath({ kind, namespace, name }: WorkloadRef): string {
  const resource = plurals[kind];
  if (!resource) throw new Error(`a ${kind} cannot be placed`);
  return `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`;
}
