// What a round sees: the Snapshot and everything in it.

import type { BalancerState, WorkloadMemory } from "./remembered.ts";

/** What kind of capacity: the pools that may vanish, and the ones that stay. */
export type Priority = "regular" | "spot";

/** CPU in millicores, memory in bytes. */
export interface Resources {
  cpu: number;
  memory: number;
}

/** String keys and values, as in `metadata.labels`. Records may (and should) be shared between pods of one template. */
export type Labels = Readonly<Record<string, string>>;

/** Everything one round knows. Lists may come in any order. */
export interface Snapshot {
  nodes: Node[];
  pods: Pod[];
  /** Every controller that pods point to by `Pod.workload`, also those nothing can be done with (DaemonSet, Job). */
  workloads: Workload[];
  disruptionBudgets: DisruptionBudget[];
  autoscalers: Autoscaler[];
  namespaces: Namespace[];
  /** From `kube-system/cluster-autoscaler-status`; empty where there is no such ConfigMap. */
  poolHealth: PoolHealth[];
  /** What the last rounds left behind in the cluster's ConfigMap. */
  state: BalancerState;
  /** Why there is no usage at all (Prometheus unreachable, no series); no voluntary moves then. */
  usageProblem?: string;
}

export interface Node {
  name: string;
  labels: Labels;
  taints: Taint[];
  /** Already includes taints' twin `spec.unschedulable`. */
  cordoned: boolean;
  ready: boolean;
  /** When `ready` last changed; missing when the node has no such condition yet. */
  readySince?: number;
  /** Set while the Node object is being deleted. */
  deletingAt?: number;
  createdAt: number;
  /** Names of the conditions that are `True`, besides Ready: `VMEventScheduled`, `MemoryPressure`, … */
  conditions: string[];
  allocatable: Resources & { pods: number };
  /** Measured on the whole node, with what runs outside of pods; missing: the sum over its pods is used. */
  usage?: Resources & { sampledAt: number };
}

export interface Taint {
  key: string;
  value?: string;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface Toleration {
  key?: string;
  operator?: "Exists" | "Equal";
  value?: string;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Finished pods (Succeeded, Failed) are left out: they hold no resources. */
export interface Pod {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  labels: Labels;
  /** `workloadKey` of the topmost controller known (a Deployment, not its ReplicaSet); missing: a bare pod. */
  workload?: string;
  /** Made by the kubelet from a file (annotation `kubernetes.io/config.mirror`): nobody can move it. */
  mirror?: boolean;
  nodeName?: string;
  ready: boolean;
  createdAt: number;
  /** Set while the pod is terminating. */
  deletingAt?: number;
  /** A scheduling gate keeps it from being scheduled. */
  gated?: boolean;
  /** Since when the scheduler says `PodScheduled=False, Unschedulable`. */
  unschedulableSince?: number;
  /** What the scheduler counts: containers, the largest init container, overhead. */
  requests: Resources;
  usage?: PodUsage;
}

export interface PodUsage {
  /** Over the last few minutes (policy `usage.rateMinutes`). */
  cpu: number;
  /** Working set, newest sample. */
  memory: number;
  /** Percentile (policy `idle.percentile`) of CPU over the window (policy `idle.windowMinutes`). */
  cpuOverWindow: number;
  /** Received and sent, average over the window, bytes per second; missing where no such series exist. */
  networkOverWindow?: number;
  /** How many CPU values stand behind `cpuOverWindow`. */
  samples: number;
  sampledAt: number;
}

/** Names a workload; `kind` as in the API: `Deployment`, `StatefulSet`, `ReplicaSet`, `DaemonSet`, `Job`, … */
export interface WorkloadRef {
  kind: string;
  namespace: string;
  name: string;
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
  resourceVersion: string;
  labels: Labels;
  /** Where its pod template asks to run: `spot` exactly when our field manager owns a spot placement in it. */
  placement: Priority;
  /** Field manager, not ours, that owns `tolerations` or `affinity.nodeAffinity` of the template. */
  placementOwner?: string;
  /** `Kind/name` of an owner that is itself a controller (`Rollout/api`); its owner would undo what we write. */
  controlledBy?: string;
  paused?: boolean;
  /** `spec.replicas`. */
  replicas: number;
  status: RolloutStatus;
  update: UpdateStrategy;
  template: PodTemplate;
  /** From our annotation on the workload; missing: never moved. */
  memory?: WorkloadMemory;
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
}

/** `maxSurge` and `maxUnavailable` in pods, percentages already resolved (surge rounds up, unavailable down). */
export interface UpdateStrategy {
  type: "RollingUpdate" | "Recreate" | "OnDelete";
  maxSurge: number;
  maxUnavailable: number;
}

/** What the scheduler must respect for every pod of the workload, as the template says (our placement included). */
export interface PodTemplate {
  labels: Labels;
  requests: Resources;
  priorityClass?: string;
  /** Resolved from the class, 0 without one. */
  priority: number;
  nodeSelector: Labels;
  /** `requiredDuringScheduling…nodeSelectorTerms`: one of them must match; empty: no constraint. */
  nodeAffinity: NodeSelectorTerm[];
  tolerations: Toleration[];
  /** Required terms only; preferred ones never forbid a node. */
  podAffinity: PodAffinityTerm[];
  podAntiAffinity: PodAffinityTerm[];
  /** `whenUnsatisfiable: DoNotSchedule` only. */
  topologySpread: TopologySpread[];
  hostPorts: number[];
  volumes: Volumes;
}

export interface Volumes {
  /** Scratch space: lost by every rollout, so it does not forbid a move. */
  emptyDir: boolean;
  /** hostPath or a PersistentVolume of type local: the data stays behind on the node. */
  local: boolean;
  /** Zones that a PersistentVolume of the workload is bound to; empty: not bound. */
  zones: string[];
  /** A claim with access mode ReadWriteOnce(Pod): two pods on two nodes cannot share it, so surge would hang. */
  exclusive: boolean;
}

/** All requirements must hold. */
export type NodeSelectorTerm = Requirement[];

export interface Requirement {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: string[];
}

/** `matchLabels` are given as `In` requirements. An empty list matches everything. */
export type LabelSelector = Requirement[];

export interface PodAffinityTerm {
  topologyKey: string;
  selector: LabelSelector;
  /** Namespaces meant; empty: the workload's own. `namespaceSelector` is resolved by the observer. */
  namespaces: string[];
}

export interface TopologySpread {
  topologyKey: string;
  maxSkew: number;
  minDomains?: number;
  /** `nodeTaintsPolicy: Honor`: nodes whose taints are not tolerated are no domains. */
  honorsTaints?: boolean;
  selector: LabelSelector;
}

/** A PodDisruptionBudget, numbers from its status. */
export interface DisruptionBudget {
  namespace: string;
  name: string;
  selector: LabelSelector;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
}

/** A HorizontalPodAutoscaler. */
export interface Autoscaler {
  namespace: string;
  name: string;
  target: { kind: string; name: string };
  minReplicas: number;
  maxReplicas: number;
  currentReplicas: number;
  desiredReplicas: number;
  lastScaleAt?: number;
}

export interface Namespace {
  name: string;
  labels: Labels;
  deletingAt?: number;
}

/** What the cluster autoscaler says of one pool. */
export interface PoolHealth {
  /** The autoscaler's name of the group, which contains the pool's (`pools.nameLabel`) as a word. */
  pool: string;
  health: "Healthy" | "Unhealthy";
  /** Scale-up failed lately, and is not tried for some time. */
  backoff: boolean;
  since?: number;
  /** The autoscaler never goes below this many nodes, nor above; missing where it does not say. */
  minSize?: number;
  maxSize?: number;
}
