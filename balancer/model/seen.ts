// What a round sees: the Snapshot, nodes, pods, and what else the cluster says.
import type { BalancerState } from "./remembered.ts";
import type {
  Attachments,
  HostPort,
  Labels,
  LabelSelector,
  PodAffinityTerm,
  PodTemplate,
  Resources,
  Toleration,
} from "./template.ts";
import type { Workload } from "./workload.ts";

/** Everything one round knows. Lists may come in any order. */
export interface Snapshot {
  nodes: Node[];
  pods: Pod[];
  /** Every controller that pods point to by `Pod.workload`, also those nothing can be done with (DaemonSet, Job). */
  workloads: Workload[];
  disruptionBudgets: DisruptionBudget[];
  autoscalers: Autoscaler[];
  /** Missing: none, or not known. */
  quotas?: Quota[];
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
  /** The cloud takes it back, as its NodeClaim tells: Karpenter drains it without a plan of its own. */
  reclaimed?: boolean;
  /** Names of the conditions that are `True`, besides Ready: `VMEventScheduled`, `MemoryPressure`, … */
  conditions: string[];
  /** What the conditions among them that announce something say; missing: only their names are known. */
  announcements?: NodeCondition[];
  allocatable: Resources & { pods: number };
  /** How many volumes of each CSI driver can be attached (CSINode); a driver that is missing states no limit. */
  attachable?: Attachments;
  /** CSI drivers that pods of the cluster need, and that are not registered there (CSINode). */
  lacksDrivers?: readonly string[];
  /** Has GPUs or other devices, for what needs them. */
  hasDevices?: boolean;
  /** The autoscaler leaves it where it is: `cluster-autoscaler.kubernetes.io/scale-down-disabled=true`. */
  scaleDownDisabled?: boolean;
  /** Measured on the whole node, with what runs outside of pods; missing: the sum over its pods is used. */
  usage?: Resources & { sampledAt: number };
}

/** A condition that is `True`, in the words of who set it. */
export interface NodeCondition {
  type: string;
  reason: string;
  message: string;
}

export interface Taint {
  key: string;
  value?: string;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Finished pods (Succeeded, Failed) are left out: they hold no resources. */
export interface Pod {
  namespace: string;
  name: string;
  uid: string;
  labels: Labels;
  /** `workloadKey` of the topmost controller known (a Deployment, not its ReplicaSet); missing: a bare pod. */
  workload?: string;
  /** Made by the kubelet from a file (annotation `kubernetes.io/config.mirror`): nobody can move it. */
  mirror?: boolean;
  /** Of a controller that has one on each node, as a DaemonSet has: it goes with its node. */
  onEachNode?: boolean;
  nodeName?: string;
  ready: boolean;
  /** Bound, but none of its containers has run yet (phase `Pending`): no disruption budget protects it. */
  pending?: boolean;
  createdAt: number;
  /** Set while the pod is terminating. */
  deletingAt?: number;
  /** A scheduling gate keeps it from being scheduled. */
  gated?: boolean;
  /** Since when the scheduler says `PodScheduled=False, Unschedulable`. */
  unschedulableSince?: number;
  /** Waits for others to go from this node, whose room is its own until then (`nominatedNodeName`). */
  nominatedTo?: string;
  /** By the scheduler's own words no room would help it. */
  needsNoRoom?: boolean;
  /** Missing: none, or those of its workload's template. */
  hostPorts?: HostPort[];
  /** Required anti-affinity of a pod that no workload stands behind. */
  podAntiAffinity?: PodAffinityTerm[];
  /** What its claims attach to its node. */
  attachments?: Attachments;
  /** The annotation, or `label …`, that asks not to disturb it, with its value. */
  doNotDisturb?: string;
  /** Until when it asks for that; missing: for ever. */
  doNotDisturbUntil?: number;
  /** Of a pod that waits with no controller: which nodes it may go to. */
  asks?: Pick<PodTemplate, "nodeSelector" | "nodeAffinity" | "tolerations">;
  /** What of it cannot be read; its requests are not known then. */
  fault?: string;
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
  /** Others have such series, it has none, and it is not on its node's network: its traffic is unknown. */
  networkUnknown?: boolean;
  /** How many CPU values stand behind `cpuOverWindow`. */
  samples: number;
  sampledAt: number;
}

/** A PodDisruptionBudget, numbers from its status. */
export interface DisruptionBudget {
  namespace: string;
  name: string;
  selector: LabelSelector;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  /** `unhealthyPodEvictionPolicy: AlwaysAllow`: what is not ready may go whatever is left of the budget. */
  evictsUnhealthy?: boolean;
}

/** What a ResourceQuota leaves of its namespace; what it does not limit is missing. */
export interface Quota {
  namespace: string;
  name: string;
  /** Of what pods request, of their limits, and of ReplicaSets, of which each new template needs one. */
  left: {
    cpu?: number;
    memory?: number;
    storage?: number;
    pods?: number;
    limitsCpu?: number;
    limitsMemory?: number;
    replicaSets?: number;
  };
  /** Only pods that each of these matches count; missing: all of ours do. */
  scopes?: QuotaScope[];
}

/** By the name of the pods' PriorityClass, or by whether they want to be near pods of other namespaces. */
export interface QuotaScope {
  of: "PriorityClass" | "CrossNamespacePodAffinity";
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  values: string[];
}

/** A HorizontalPodAutoscaler. */
export interface Autoscaler {
  namespace: string;
  name: string;
  target: { kind: string; name: string };
  minReplicas: number;
  maxReplicas: number;
  currentReplicas: number;
  /** As `currentReplicas` while it computes nothing. */
  desiredReplicas: number;
  lastScaleAt?: number;
  /** Why it computes nothing (`ScalingActive=False`): `FailedGetResourceMetric`. */
  inactive?: string;
}

export interface Namespace {
  name: string;
  labels: Labels;
  deletingAt?: number;
  /** What admission gives every pod that is made there. */
  nodeSelector?: Labels;
  /** Pods with any other toleration are not made there; missing: all are. */
  allowedTolerations?: Toleration[];
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
  /** Nodes of the group that are registered; missing where it does not say. */
  nodes?: number;
}
