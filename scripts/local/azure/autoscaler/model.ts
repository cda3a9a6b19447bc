// What the pool autoscaler sees of a cluster: as much as its decision needs.
import type { V1NodeSelectorTerm, V1Taint, V1Toleration } from "@kubernetes/client-node";
import type { NodeSize } from "../vmSizes.ts";

/** What a node offers to pods: a real one, or one that a pool would get. */
export interface NodeShape {
  labels: Record<string, string>;
  taints: V1Taint[];
  allocatable: NodeSize;
}

export interface PoolState {
  name: string;
  min: number;
  max: number;
  /** Nodes that there should be: those that are there, and those on the way. */
  target: number;
  template: NodeShape;
  /** After a failed attempt to grow: no other before (ms since 1970). */
  backoffUntil?: number;
}

export interface NodeState {
  name: string;
  /** Undefined: of a pool that nothing scales. */
  pool?: string;
  shape: NodeShape;
  /** Takes pods: neither cordoned nor about to go. */
  schedulable: boolean;
  /** The autoscaler is taking it away already. */
  going: boolean;
  /** ms since 1970; undefined while it is not Ready. */
  readySince?: number;
}

export interface PodState {
  /** `namespace/name` */
  key: string;
  node?: string;
  requests: NodeSize;
  priority: number;
  /** Of a DaemonSet, or static: comes and goes with its node. */
  partOfNode: boolean;
  /** Why its node may not be drained. */
  blocks?: string;
  /** The scheduler found no node for it, since then (ms since 1970). */
  unschedulableSince?: number;
  nodeSelector: Record<string, string>;
  /** Terms of the required node affinity, of which one must hold; empty: none asked for. */
  requiredAffinity: V1NodeSelectorTerm[];
  tolerations: V1Toleration[];
}

export interface Observed {
  pools: PoolState[];
  nodes: NodeState[];
  pods: PodState[];
}

export interface Timing {
  /** How long a pod waits unscheduled before its pool grows. */
  podWaitMs: number;
  /** How long a node is not needed before it goes. */
  unneededMs: number;
  /** A node that could not go is looked at again after this long. */
  recheckMs: number;
  /** For this long after a node became Ready the scheduler may not have tried it for every pod yet. */
  settleMs: number;
}

/** What is remembered from one decision to the next, by node (ms since 1970). */
export interface Memory {
  unneededSince: Readonly<Record<string, number>>;
  unremovableUntil: Readonly<Record<string, number>>;
}

export interface ScalePlan {
  /** Nodes to add, by pool. */
  grow: Record<string, number>;
  /** Names of nodes to drain and take away. */
  remove: string[];
  /** Its `unneededSince` are the nodes that carry the soft taint. */
  memory: Memory;
}
