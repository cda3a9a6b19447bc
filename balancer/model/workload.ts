// What a workload is: the controller, how it replaces its pods, and where its template asks to run.
import type { WorkloadMemory } from "./remembered.ts";
import type { Labels, PodTemplate, Priority } from "./template.ts";

/**
 * Names a workload; `kind` as in the API: `Deployment`, `StatefulSet`, `ReplicaSet`, `DaemonSet`, `Job`, … A kind of the
 * same name in another API group has its group with it: `StatefulSet.apps.kruise.io`.
 */
export interface WorkloadRef {
  kind: string;
  namespace: string;
  name: string;
}

/** The name alone, of a record that says more. */
export function workloadRef({ kind, namespace, name }: WorkloadRef): WorkloadRef {
  return { kind, namespace, name };
}

/** `Deployment/demo/nginx-demo`: the key of a workload in maps and in `Pod.workload`. */
export function workloadKey({ kind, namespace, name }: WorkloadRef): string {
  return `${kind}/${namespace}/${name}`;
}

/** Label that tells the pods of a workload's newest template from older ones, by its kind. */
export const revisionLabel: Readonly<Record<string, string>> = {
  Deployment: "pod-template-hash",
  StatefulSet: "controller-revision-hash",
};

export interface Workload extends WorkloadRef {
  uid: string;
  labels: Labels;
  /** Where its pod template asks to run: `spot` exactly when a placement of ours is in it. */
  placement: Priority;
  /** Field manager, not ours, that owns `tolerations` or `affinity.nodeAffinity` of the template. */
  placementOwner?: string;
  /** What of it: `tolerations`, or `tolerations: []` where its manifest writes out that there are none. */
  placementField?: string;
  /** Field manager that has taken our placement along: `rollout undo`, a copy of the object, a restored backup. */
  carriedBy?: string;
  /** `Kind/name` of an owner that is itself a controller (`Rollout/api`); its owner would undo what we write. */
  controlledBy?: string;
  paused?: boolean;
  /** `spec.replicas`. */
  replicas: number;
  status: RolloutStatus;
  update: UpdateStrategy;
  /** How long a rollout may take to get on, in milliseconds (`progressDeadlineSeconds`); StatefulSets say nothing. */
  progressDeadline?: number;
  template: PodTemplate;
  /** From our annotation on the workload; missing: never moved. */
  memory?: WorkloadMemory;
  /** Set while the object is being deleted. */
  deletingAt?: number;
  /** What of the object, or of its pods or claims, cannot be read: then nothing is known well enough to move it. */
  fault?: string;
}

/** As in `status` of Deployments and StatefulSets; ReplicaSets have `updated` = `replicas`. */
export interface RolloutStatus {
  /** `metadata.generation`. */
  generation: number;
  observedGeneration: number;
  /** Pods that exist. */
  replicas: number;
  updated: number;
  available: number;
  /** Why its controller cannot make the pods that it wants. */
  failure?: string;
}

/** `maxSurge` and `maxUnavailable` in pods, percentages already resolved (surge rounds up, unavailable down). */
export interface UpdateStrategy {
  type: "RollingUpdate" | "Recreate" | "OnDelete";
  maxSurge: number;
  maxUnavailable: number;
}
