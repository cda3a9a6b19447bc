// What the scheduler must respect for a pod: what its template asks for, and in which words.

/** What kind of capacity: the pools that may vanish, and the ones that stay. */
export type Priority = "regular" | "spot";

/** CPU in millicores, memory in bytes. */
export interface Resources {
  cpu: number;
  memory: number;
  /** `ephemeral-storage` in bytes, where the scheduler counts it: in requests and allocatable. Missing: none. */
  storage?: number;
}

/** String keys and values, as in `metadata.labels`. Records may (and should) be shared between pods of one template. */
export type Labels = Readonly<Record<string, string>>;

/** What the scheduler must respect for every pod of the workload, as the template says (our placement included). */
export interface PodTemplate {
  labels: Labels;
  requests: Resources;
  /** Of one pod, where it has any; a ResourceQuota may count them. */
  limits?: Resources;
  /** Names of what else must be free on its node, and of which nobody counts here how much is: `nvidia.com/gpu`. */
  otherResources: string[];
  priorityClass?: string;
  /** Resolved from the class, 0 without one. */
  priority: number;
  /** What it names, and the cluster has not: its pods run on, and no other one is made (mariadb-operator/mariadb-operator#337). */
  missing?: string;
  nodeSelector: Labels;
  /** `requiredDuringScheduling…nodeSelectorTerms`: one of them must match; empty: no constraint. */
  nodeAffinity: NodeSelectorTerm[];
  tolerations: Toleration[];
  /** Required terms only; preferred ones never forbid a node. */
  podAffinity: PodAffinityTerm[];
  podAntiAffinity: PodAffinityTerm[];
  /** `whenUnsatisfiable: DoNotSchedule` only. */
  topologySpread: TopologySpread[];
  hostPorts: HostPort[];
  volumes: Volumes;
  /** What the scheduler weighs, and does not demand; our own placement's preference is among them. */
  preferences?: Preference[];
  /** Another scheduler than Kubernetes' own, whose taste nobody knows here. */
  scheduler?: string;
  /** The annotation, or `label …`, that asks not to disturb its pods, with its value. */
  doNotDisturb?: string;
}

/** A number alone: TCP on every address of the node. A conflict is one of port, protocol and address. */
export type HostPort = number | { port: number; protocol: string; hostIP: string };

/** One preferred term: of nodes, or of nodes near other pods (`avoids`: far from them). */
export interface Preference {
  weight: number;
  nodes?: NodeSelectorTerm;
  pods?: PodAffinityTerm;
  avoids?: boolean;
}

/** Asks for nothing. */
export const emptyTemplate: PodTemplate = {
  labels: {},
  requests: { cpu: 0, memory: 0 },
  otherResources: [],
  priority: 0,
  nodeSelector: {},
  nodeAffinity: [],
  tolerations: [],
  podAffinity: [],
  podAntiAffinity: [],
  topologySpread: [],
  hostPorts: [],
  volumes: { emptyDir: false, local: false, zones: [], exclusive: false },
};

export interface Volumes {
  /** Scratch space that nobody has said may go: lost by every rollout, so it does not forbid a move. */
  emptyDir: boolean;
  /** hostPath or a PersistentVolume of type local: the data stays behind on the node. */
  local: boolean;
  /** Zones that a PersistentVolume of the workload is bound to; empty: not bound. */
  zones: string[];
  /** Of a StatefulSet whose replicas have disks in different zones: those of each replica that has one. */
  zonesByReplica?: string[][];
  /** What else its volumes demand of a node's labels, all of it. */
  demands?: Requirement[];
  /** A claim with access mode ReadWriteOnce(Pod): two pods on two nodes cannot share it, so surge would hang. */
  exclusive: boolean;
  /** Why its next pod would wait for a claim for ever: `claim data is being deleted`. */
  ending?: string;
  /** Such a claim, mounted by several replicas of a StatefulSet: they must stay together on one node. */
  shared?: boolean;
  /** What each pod attaches to its node, by the driver that counts it. */
  attachments?: Attachments;
  /** CSI drivers that have to run on its pods' node. */
  drivers?: readonly string[];
}

/** CSI driver → number of volumes. */
export type Attachments = ReadonlyMap<string, number>;

export interface Toleration {
  key?: string;
  operator?: "Exists" | "Equal" | "Gt" | "Lt";
  value?: string;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  /** How long a pod stays on a node that repels what runs there (`NoExecute`); missing: for ever. */
  tolerationSeconds?: number;
}

/** All requirements must hold; one without any matches no node (kubernetes/kubernetes#126325). */
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
  /** `nodeAffinityPolicy: Ignore`: nodes that the pods may not go to are domains all the same. */
  ignoresAffinity?: boolean;
  selector: LabelSelector;
}
