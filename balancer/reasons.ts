// Why something moves and why it does not: the closed lists that log, metrics, Events and tests share.

/** Why a workload moves. */
export const moveReasons = {
  Idle: "its usage stayed below the enter threshold over the whole window",
  LowPriority: "its tier goes to spot whenever it fits",
  BackToSpot: "it is placed on spot, but its pods were put elsewhere, and now there is room",
  RegularPressure: "regular nodes are above their high-water mark",
  EmptyingNode: "it is all that keeps a regular node from being empty",
  Busy: "its usage rose above the exit threshold",
  SpotPressure: "spot nodes are above their high-water mark, or pods wait there",
  SpotNodeLost: "a spot node that it runs on is lost, about to end or to stop for a while, or not ready",
  NoLongerAllowed: "policy no longer allows it on spot",
  SplitStuck: "its split between spot and regular keeps pods waiting that could run on regular",
  AvailabilityAtStake: "so much of spot may be lost that its availability is at stake",
  MoveStuck: "none of its new pods got ready in good time after it was moved to spot",
  Following: "its pods are from before its template was moved, and nothing but an eviction replaces them",
  HotNode: "its node is used well above the others of the pool",
} as const;

export type MoveReason = keyof typeof moveReasons;

/** Why a workload stays where it is. */
export const refusalReasons = {
  // It is where it should be.
  NotIdle: "on regular, and its usage is not low enough for spot",
  StaysOnSpot: "on spot, and nothing speaks against it",
  NotOnSpot: "it may run on spot, but the scheduler put its pods elsewhere",
  NoReplicas: "it is scaled to zero",

  // Policy.
  NamespaceForbidden: "policy forbids its namespace",
  Critical: "its tier never goes to spot",
  OutsideTimeWindow: "its namespace allows moves to spot at other times only",
  ShareReached: "its namespace has its largest share on spot already",
  FloorOnRegular: "replicas must stay on regular, and it cannot be split so that they do",
  AvailabilityAtStake: "the availability that policy asks for allows no more losses for now",
  ScoreTooLow: "the saving does not outweigh the disruption",
  ExcludedByLabel: "its label asks to be left alone",
  DoNotDisturb: "an annotation or label asks autoscalers and deschedulers to leave its pods alone",

  // What it is.
  Placeholder: "its negative priority says that it only keeps room for others",
  Unreadable: "the object, one of its pods or one of its claims cannot be read",
  UnsupportedKind: "pods of this kind of controller are not moved",
  ControlledByOther: "another controller owns it and would undo the move",
  ForeignOwner: "somebody else owns its tolerations or node affinity",
  StatefulSetNotOptedIn: "StatefulSets move only where policy says so",
  RecreateStrategy: "its strategy stops all replicas before it starts new ones",
  NoSurge: "a single replica without surge: a gap",
  OnDeleteStrategy: "its strategy replaces no pod by itself",
  Paused: "its rollout is paused, or held back by a partition",
  QuotaReached:
    "a ResourceQuota of its namespace leaves no room for the pod, or the template, that has to come first",
  Terminating:
    "it, its namespace, its volume claim or its PriorityClass is being deleted or gone, so no new pod would come",
  EmptyDirData: "it has an emptyDir volume, whose data a rollout loses, and policy says to keep it",
  LocalStorage: "its data lies on the node",
  ExclusiveVolume: "its volume can be attached to one node only, so no new pod could start first",
  OtherResources: "it requests a GPU or the like, so nobody knows here where it fits",
  NoRequests: "it requests no CPU, so neither its utilization nor its fit is known",

  // Doubt.
  MetricsUnavailable: "there is no usage at all",
  NoSamples: "some of its pods have no usage, or too few samples",
  StaleSamples: "its newest sample is too old",
  RolloutInProgress: "a rollout is in progress",
  AutoscalerInMotion: "its autoscaler changes the replicas, or did so lately",
  UnschedulablePods: "some of its pods cannot be scheduled",
  SpotQueue: "pods that can only run on spot wait for room there",
  PoolInBackoff: "the cluster autoscaler is in back-off, or reports the spot pools as unhealthy",

  WouldReturn: "the scheduler might put an evicted pod back on the node that it left",

  // What came of moves before.
  MoveRefused:
    "its last move was refused by a webhook, a policy, a field's owner, or for want of rights, or failed twice",
  PlacementUndone: "somebody else has undone its last move to spot",

  // Time and budgets.
  Cooldown: "it moved lately",
  SpotUnstable: "spot nodes have not been stable for long enough",
  DisruptionBudget: "its disruption budget allows no more",
  MoveBudgetRound: "enough moves in this round",
  MoveBudgetHour: "enough moves in this hour",

  // Fit.
  NoSpotNodes: "there is no usable spot node",
  NoCapacityOnSpot: "its pods do not fit on the spot nodes",
  NoCapacityOnRegular: "its pods do not fit on the regular nodes",
  AboveWaterMark: "its pods fit, but would lift the destination above its water mark",
  NodeAffinity: "its node selector, required node affinity or operating system matches no node there",
  Taints: "it does not tolerate the nodes' taints",
  VolumeZone: "its volume is bound to a zone, or another place, without a node there",
  PodAffinity: "its required pod affinity, or that of others to its pods, cannot be met there",
  AntiAffinity: "its pods, or others, refuse to share the nodes there",
  NoWayBack: "no regular node would take it back once it is busy",
  TopologySpread: "its topology spread constraint cannot be met there",
  VolumeDriver: "a driver that its volumes need does not run on the nodes there",
  VolumeLimit: "the nodes there can attach no more volumes",
  HostPort: "its host port is taken on the nodes there",
} as const;

export type RefusalReason = keyof typeof refusalReasons;
