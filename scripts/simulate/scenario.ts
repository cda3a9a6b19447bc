// What is simulated, as plain data: pools, workloads, traces, times. Nothing in it depends on the balancer but the policy.
import type { Policy, Tier } from "../../balancer/policy.ts";
import type { Resources } from "../../balancer/model.ts";

/** Allocatable of one node, bounds of the autoscaler, price in `policy.costs.currency` per node and hour. */
export interface PoolSpec extends Resources {
  pods: number;
  min: number;
  max: number;
  pricePerHour: number;
  /** Its nodes are spread evenly over so many (missing: one); the cloud takes them zone by zone. */
  zones?: number;
}

export interface SimulatedWorkload extends Resources {
  /** `namespace/name`; CPU and memory are the requests of one replica. */
  name: string;
  kind?: "Deployment" | "StatefulSet";
  tier?: Tier | "ignore";
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
  /** Of its disruption budget; missing: it has none. */
  minAvailable?: number;
  /** Of its pods in two zones, or on two nodes, at most one more here than there (`DoNotSchedule`). */
  spread?: "zone" | "node";
  /** A HorizontalPodAutoscaler on CPU, as a part of the requests. */
  autoscaler?: { min: number; max: number; cpuUtilization: number };
}

/** Of all replicas together, from a time on; milliseconds since the start. */
export interface LoadStep extends Resources {
  at: number;
}

export interface Timings {
  /** The clock's step; controllers, scheduler and autoscaler act at each. */
  tickMs: number;
  roundMs: number;
  /** From the request for a node until pods can go there; it costs from the request on. */
  nodeStartMs: number;
  /** The last part of it: the node is registered and not ready. */
  nodeNotReadyMs: number;
  podStartMs: number;
  /** So long before the cloud takes a spot node it says so, and a round starts at once; 0: it takes them without a word. */
  noticeMs: number;
  /** For so long a node must be of little use before the autoscaler removes it, and so long it waits after it added one. */
  unneededMs: number;
  /** Until the autoscaler knows that a request has failed; so long it counts on the node. */
  failedRequestMs: number;
  /** First rest of a pool after a failed request; doubles up to six times as long. */
  backoffMs: number;
}

/** Spot nodes that the cloud has for us; the last value stands for the last step, and for all after it. */
export interface SpotTrace {
  stepMs: number;
  available: number[];
}

/** A spot pool with a trace of its own; what two lose at once stands in both traces. */
export interface SpotPool {
  name: string;
  spec: PoolSpec;
  trace: SpotTrace;
}

export interface Scenario {
  policy: Policy;
  pools: { regular: PoolSpec; spot: PoolSpec };
  workloads: SimulatedWorkload[];
  /** Of the pool `spot`; it says how long all takes. */
  spot: SpotTrace;
  moreSpot?: SpotPool[];
  /** By the workload's name; the first step counts from the start on, the last one until the end. */
  loads: Map<string, LoadStep[]>;
  /** Milliseconds since 1970: policy may know days and hours. */
  start: number;
  timings: Timings;
  seed: number;
}

export const durationOf = ({ spot }: Scenario): number => spot.stepMs * spot.available.length;

export const spotPoolsOf = ({ pools, spot, moreSpot = [] }: Scenario): SpotPool[] => [
  { name: "spot", spec: pools.spot, trace: spot },
  ...moreSpot,
];

/** @param sinceStart milliseconds */
export function availableAt({ stepMs, available }: SpotTrace, sinceStart: number): number {
  return available[stepAt({ stepMs, available }, sinceStart)]!;
}

/** The fewest from one time to another. */
export function fewestWithin(trace: SpotTrace, from: number, to: number): number {
  return Math.min(...trace.available.slice(stepAt(trace, from), stepAt(trace, to) + 1));
}

const stepAt = ({ stepMs, available }: SpotTrace, at: number): number =>
  Math.min(available.length - 1, Math.floor(at / stepMs));

/** The same world, with no spot pool to go to. */
export function withoutSpot(scenario: Scenario): Scenario {
  return {
    ...scenario,
    pools: { ...scenario.pools, spot: { ...scenario.pools.spot, min: 0, max: 0 } },
    moreSpot: [],
  };
}
