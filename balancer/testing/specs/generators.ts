// Generated clusters for property tests: compact, so that a counterexample shrinks to something one can read.
import fc from "fast-check";
import type { ClusterSpec, NodeSpec, WorkloadSpec } from "./clusterSpec.ts";

/** How many cases a property tries: `PROPERTY_RUNS=20` searches twenty times as long. */
export const runs = (count: number): number => count * Number(process.env["PROPERTY_RUNS"] ?? 1);

type Generated<Spec> = { [Key in keyof Spec]: fc.Arbitrary<Spec[Key]> };

/** Present in one of `times` cases: ordinary clusters first, and simplest when left out. */
const seldom = <Value>(arbitrary: fc.Arbitrary<Value>, times = 6) =>
  fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.constant(undefined), weight: times - 1 },
    { arbitrary, weight: 1 },
  );

/** Drops undefined keys, which would only be noise in a counterexample. */
function record<Spec extends object>(shape: Generated<Required<Spec>> | Generated<Spec>): fc.Arbitrary<Spec> {
  return fc
    .record(shape as Record<string, fc.Arbitrary<unknown>>)
    .map(
      (spec) => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as Spec,
    );
}

export const nodeSpec = record<NodeSpec>({
  pool: fc.constantFrom("spot", "regular", "spot", "regular", "system"),
  second: seldom(fc.constant(true as const), 3),
  cores: fc.constantFrom(1, 2, 4),
  zone: fc.constantFrom("a", "b"),
  fate: seldom(fc.constantFrom("condemned", "notReady", "cordoned", "deleting", "retiring", "gone"), 12),
});

export const workloadSpec = record<WorkloadSpec>({
  namespace: fc.constantFrom("demo", "demo", "demo", "demo", "shop", "shop", "closed", "unlisted"),
  kind: seldom(fc.constantFrom("StatefulSet", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicaSet"), 6),
  replicas: fc.constantFrom(1, 2, 3, 4, 1, 2, 0),
  cpu: fc.constantFrom(100, 300, 500, 100, 300, 900, 1500, 5),
  load: fc.constantFrom(0.02, 0.02, 0.02, 0.2, 0.6, 3),
  loadBefore: seldom(fc.constantFrom(0.02, 0.6)),
  placement: seldom(fc.constant("spot" as const), 3),
  tier: seldom(fc.constantFrom("low", "low", "low", "critical", "critical", "ignore"), 3),
  podPriority: seldom(fc.constantFrom(-10, 100, 1000)),
  surge: seldom(fc.nat({ max: 2 })),
  unavailable: seldom(fc.nat({ max: 2 })),
  minAvailable: seldom(fc.nat({ max: 4 })),
  inTeam: seldom(fc.constant(true as const), 3),
  rule: seldom(
    fc.constantFrom(
      "apartByHost",
      "apartFromTeam",
      "apartByZone",
      "togetherInZone",
      "spreadByHost",
      "spreadByZone",
      "zoneA",
      "zoneVolume",
      "hostPort",
    ),
    3,
  ),
  flaw: seldom(
    fc.constantFrom(
      "recreate",
      "paused",
      "local",
      "foreignOwner",
      "controlled",
      "noSamples",
      "rolling",
      "arriving",
      "scaling",
      "noRequests",
    ),
    10,
  ),
  moved: seldom(
    record<NonNullable<WorkloadSpec["moved"]>>({
      minutesAgo: fc.constantFrom(5, 31, 55, 65, 500),
      to: fc.constantFrom("ToSpot", "ToRegular"),
      failedReturns: seldom(fc.nat({ max: 3 }), 2),
    }),
    3,
  ),
});

export const clusterSpec = record<ClusterSpec>({
  nodes: fc.array(nodeSpec, { minLength: 1, maxLength: 10, size: "max" }),
  workloads: fc.array(workloadSpec, { maxLength: 8, size: "max" }),
  policy: record<ClusterSpec["policy"]>({
    perRound: fc.constantFrom(5, 5, 5, 2, 1, 0),
    perHour: fc.constantFrom(60, 60, 60, 4, 1, 0),
    share: seldom(fc.constantFrom(0, 0.4, 0.7), 5),
    floor: seldom(fc.nat({ max: 2 }), 5),
    statefulSets: seldom(fc.boolean(), 2),
    highRegular: seldom(fc.constantFrom(0.2, 0.5), 3),
  }),
  lossesMinutesAgo: seldom(fc.array(fc.constantFrom(1, 10, 30), { maxLength: 2 }), 10),
  maxRegular: seldom(fc.constantFrom(3, 10), 2),
  teamMinAvailable: seldom(fc.nat({ max: 6 }), 3),
  noUsage: seldom(fc.constant(true as const), 20),
});

export interface HistorySpec {
  /** `node` counts through the spot nodes that there are. */
  events: { round: number; node: number; what: "gone" | "notReady" | "another" }[];
  /** The balancer is killed in this round after so many moves. */
  crashes: { round: number; afterMoves: number }[];
}

/** What happens to spot nodes, and to the balancer, in the first rounds. */
export const historySpec: fc.Arbitrary<HistorySpec> = fc.record({
  events: fc.array(
    fc.record({
      round: fc.nat({ max: 20 }),
      node: fc.nat({ max: 4 }),
      what: fc.constantFrom("gone", "notReady", "another"),
    }),
    { maxLength: 6 },
  ),
  crashes: fc.array(fc.record({ round: fc.nat({ max: 20 }), afterMoves: fc.nat({ max: 2 }) }), {
    maxLength: 3,
  }),
});
