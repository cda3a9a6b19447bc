// What the steps of a round look up: the snapshot as it is indexed, and what was concluded from it.
import type {
  AvailabilityState,
  DisruptionBudget,
  Pod,
  Priority,
  Quota,
  Snapshot,
  Toleration,
  Try,
  Workload,
  Autoscaler,
} from "../../model.ts";
import type { NamespaceRule, Policy, Tier } from "../../policy.ts";
import type { NodeView } from "../nodeView.ts";
import type { SpotHealth } from "../spotHealth.ts";
import type { WorkloadUsage } from "../workloadUsage.ts";

export interface World {
  policy: Policy;
  /** Milliseconds since 1970. */
  now: number;
  snapshot: Snapshot;
  /** By name, so that the order of the input does not matter. */
  nodes: NodeView[];
  nodeByName: Map<string, NodeView>;
  /** All pods, also of namespaces that are none of our business: they take room. */
  podsByNode: Map<string, Pod[]>;
  podsByNamespace: Map<string, Pod[]>;
  podsByWorkload: Map<string, Pod[]>;
  workloads: Map<string, Workload>;
  quotasByNamespace: Map<string, Quota[]>;
  /** Of namespaces in which pods may not have any other. */
  allowedTolerations: Map<string, Toleration[]>;
  /** Being deleted. */
  closingNamespaces: Set<string>;
  /** Workloads that policy has a say in, by key. */
  candidates: Candidate[];
  spot: SpotHealth;
  availability: Availability;
  /** Names of the pools, when the autoscaler is in trouble with every pool of that priority; else empty. */
  poolTrouble: Record<Priority, string[]>;
  /** Why no workload can be split between spot and regular. */
  splitProblem?: string;
  /** Pods that can run on spot nodes only, and find no room there. */
  spotQueue: SpotQueue;
  /** Times of our evictions of the last day by workload key. */
  evictedAt: Map<string, number[]>;
  /** Our last moves of placements, by workload key, and what came of them. */
  tries: Map<string, Try>;
}

/** A workload that is considered, with what belongs to it. */
export interface Candidate {
  key: string;
  workload: Workload;
  rule: NamespaceRule;
  tier: Tier | "ignore";
  /** Replicas that stay on regular: policy's `regularFloor`, or what its goal of availability asks for. */
  floor: number;
  /** By name; terminating ones included. */
  pods: Pod[];
  usage: WorkloadUsage;
  thresholds: Policy["idle"];
  disruptionBudgets: DisruptionBudget[];
  autoscaler?: Autoscaler;
}

export interface Availability extends Expectation {
  groups: Map<string, Group>;
  state: AvailabilityState;
}

/** A tier, or a namespace with a goal of its own. Amounts are pod-minutes without service. */
export interface Group {
  goal: number;
  /** In a day. */
  allowed: number;
  spent: number;
}

export interface Expectation {
  /** Part of the pods on spot that is expected to be lost within the next hour, 0…1. */
  expectedLoss: number;
  /** The worst span: its length and the share lost in it, 1 for all nodes once. */
  span?: { hours: number; lost: number };
}

export interface SpotQueue {
  pods: number;
  /** Millicores that they request. */
  cpu: number;
}
