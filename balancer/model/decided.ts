// What a round decides (Plan), and what came of it (Outcome).

import type { MoveReason, RefusalReason } from "../reasons.ts";
import type { Priority, Resources } from "./template.ts";
import type { BalancerState, MoveKind, WorkloadMemory } from "./remembered.ts";
import type { WorkloadRef } from "./workload.ts";

/** Facts that led to a decision, flat, for log, `--explain` and tests: `{ cpuUtilization: 0.02, enterThreshold: 0.1 }`. */
export type Evidence = Readonly<Record<string, string | number | boolean>>;

export interface Move {
  kind: MoveKind;
  workload: WorkloadRef;
  /** As observed; `act` gives up when the object is another one, or its spec changed since. */
  uid: string;
  generation: number;
  /** `regular` or `spot`; the node's name for Rebalance. */
  source: string;
  destination: string;
  /** To be applied to the pod template; missing for Rebalance, which changes no template. */
  placement?: Priority;
  /** Placed on spot, but not with all replicas: `nodes` has so many on each side. */
  split?: { topologyKey: string; maxSkew: number; regular: number; spot: number };
  /** The template has this placement already; its pods are to be replaced once more, so that they follow it. */
  renews?: boolean;
  /**
   * Pods to evict, in this order, each only while its disruption budget allows: the one of a Rebalance, or those of an
   * ownerless ReplicaSet, whose template change replaces no pod by itself. Empty: the rollout does it.
   */
  evictions: PodRef[];
  /** Placeholders of ours in the way, to be evicted before anything else. */
  makesRoom?: PodRef[];
  /** Nodes on which the plan found room, one entry per replica to be placed; the scheduler may choose others. */
  nodes: string[];
  /** Nodes that the autoscaler will have to add to regular; the pods for them are missing in `nodes`. */
  growsBy?: number;
  reason: MoveReason;
  /** One sentence for Event and log. */
  message: string;
  /** Of a move to spot: what it saves an hour, restarts counted in, in the policy's currency. */
  score?: number;
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
  nodeName: string;
}

/** A workload that was considered and stays as it is. */
export interface Refusal {
  workload: WorkloadRef;
  uid: string;
  reason: RefusalReason;
  /** One sentence. */
  message: string;
  /** Where its template asks to run now. */
  placement: Priority;
  evidence: Evidence;
}

/** What spot is asked for: placeholder pods of ours to be made, and to be removed, or the same by CapacityBuffers. */
export interface SpotAsk {
  create: { requests: Resources; count: number }[];
  remove: PodRef[];
  /** Those that stay. */
  kept?: PodRef[];
  /** What there is to be in all: for who asks by something else than pods. */
  all?: { requests: Resources; count: number }[];
}

/** `moves` in the order in which they are to be done. */
export interface Plan {
  moves: Move[];
  refusals: Refusal[];
  /** What spot is asked for; missing: it stays as it is. */
  ask?: SpotAsk;
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
