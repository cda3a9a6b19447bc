// The balancer's words as types: what a round sees (Snapshot), what it decides (Plan), what came of it (Outcome).
//
// Slim records, not API objects: a cluster of 150,000 pods must fit into a few hundred MB. Units everywhere:
// CPU in millicores, memory in bytes, times (`…At`, `…Since`) in milliseconds since 1970.

import type { MoveReason, RefusalReason } from "./reasons.ts";

export type { MoveReason, RefusalReason } from "./reasons.ts";

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
  /** Name as in the policy's `pools.nameLabel`; the autoscaler's group name is matched by containing it. */
  pool: string;
  health: "Healthy" | "Unhealthy";
  /** Scale-up failed lately, and is not tried for some time. */
  backoff: boolean;
  since?: number;
}

/**
 * What is remembered of one workload: `act` writes `Move.memory` into the workload's annotation in the same request as
 * the placement, so that a crash between the two cannot exist.
 */
export interface WorkloadMemory {
  lastMovedAt: number;
  lastMove: MoveKind;
  lastReason: MoveReason;
  /** Times of our moves of this workload in the last hour, oldest first, `lastMovedAt` included. */
  recentMoves: number[];
  /** Times in a row that it had to leave spot soon after it came; each doubles the cool-down. */
  failedReturns: number;
}

/** What a round hands to the next one (ConfigMap). `emptyState` is a valid one. */
export interface BalancerState {
  /** Spot nodes in use in the last round: one that is gone now was lost. */
  spotNodes: string[];
  /** Spot nodes lost lately (gone, condemned, cordoned, not ready), with the last time each was seen so. */
  spotLosses: { node: string; at: number }[];
  /** Evictions of the last day, planned before they are done; rolling moves are remembered on the workload. */
  evictions: { workload: string; at: number }[];
}

export type MoveKind = "ToSpot" | "ToRegular" | "Rebalance";

/** Facts that led to a decision, flat, for log, `--explain` and tests: `{ cpuUtilization: 0.02, enterThreshold: 0.1 }`. */
export type Evidence = Readonly<Record<string, string | number | boolean>>;

export interface Move {
  kind: MoveKind;
  workload: WorkloadRef;
  /** As observed; `act` gives up when the object is another one or its placement changed since. */
  uid: string;
  resourceVersion: string;
  /** `regular` or `spot`; the node's name for Rebalance. */
  source: string;
  destination: string;
  /** To be applied to the pod template; missing for Rebalance, which changes no template. */
  placement?: Priority;
  /** The template has this placement already; its pods are to be replaced once more, so that they follow it. */
  renews?: boolean;
  /**
   * Pods to evict, in this order, each only while its disruption budget allows: the one of a Rebalance, or those of an
   * ownerless ReplicaSet, whose template change replaces no pod by itself. Empty: the rollout does it.
   */
  evictions: PodRef[];
  /** Nodes on which the plan found room, one entry per replica to be placed; the scheduler may choose others. */
  nodes: string[];
  reason: MoveReason;
  /** One sentence for Event and log. */
  message: string;
  /** 0…1: saving weighed against disruption; involuntary moves have 1. */
  score: number;
  /** Not our wish but a lost node: ignores doubt, cool-down and the budgets of moves. */
  voluntary: boolean;
  evidence: Evidence;
  /** What the workload is to remember once this is applied; missing for Rebalance, which `Plan.state` remembers. */
  memory?: WorkloadMemory;
}

export interface PodRef {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  nodeName: string;
}

/** A workload that was considered and stays as it is. */
export interface Refusal {
  workload: WorkloadRef;
  reason: RefusalReason;
  /** One sentence. */
  message: string;
  /** Where its template asks to run now. */
  placement: Priority;
  evidence: Evidence;
}

/** `moves` in the order in which they are to be done. */
export interface Plan {
  moves: Move[];
  refusals: Refusal[];
  /** To be stored before the first move is done, so that a crash forgets nothing. */
  state: BalancerState;
}

/** What came of one move. */
export interface Outcome {
  move: Move;
  /** `Planned`: dry run. `Skipped`: the cluster changed since, or refuses (conflict, budget). `Failed`: an error. */
  result: "Done" | "Planned" | "Skipped" | "Failed";
  /** PascalCase, bounded: `Applied`, `DryRun`, `Changed`, `Conflict`, `Forbidden`, `TooManyRequests`, … */
  reason: string;
  message: string;
  at: number;
}

export const emptyState: BalancerState = { spotNodes: [], spotLosses: [], evictions: [] };
