// Generated clusters for property tests: compact, so that a counterexample shrinks to something one can read.
import fc from "fast-check";
import type { ClusterSpec, NodeSpec, WorkloadSpec } from "./clusterSpec.ts";

type Generated<Spec> = { [Key in keyof Spec]: fc.Arbitrary<Spec[Key]> };

/** Leaves a key out unless it has a value, and mostly it has none: ordinary clusters first. */
const seldom = <Value>(arbitrary: fc.Arbitrary<Value>, freq = 4) =>
  fc.option(arbitrary, { nil: undefined, freq });

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
  cores: fc.constantFrom(1, 2, 4),
  zone: fc.constantFrom("a", "b"),
  fate: seldom(fc.constantFrom("condemned", "notReady", "cordoned", "deleting", "retiring", "gone"), 6),
});

export const workloadSpec = record<WorkloadSpec>({
  namespace: fc.constantFrom("demo", "demo", "demo", "shop", "closed", "unlisted"),
  kind: seldom(fc.constantFrom("StatefulSet", "DaemonSet", "ReplicaSet"), 6),
  replicas: fc.nat({ max: 4 }),
  cpu: fc.constantFrom(100, 50, 500, 900, 1500),
  load: fc.constantFrom(0.02, 0.02, 0.2, 0.6),
  loadBefore: seldom(fc.constantFrom(0.02, 0.6)),
  placement: seldom(fc.constant("spot" as const), 2),
  tier: seldom(fc.constantFrom("low", "low", "critical", "ignore"), 3),
  podPriority: seldom(fc.constantFrom(-10, 100, 1000)),
  surge: seldom(fc.nat({ max: 2 })),
  unavailable: seldom(fc.nat({ max: 2 })),
  minAvailable: seldom(fc.nat({ max: 4 })),
  rule: seldom(
    fc.constantFrom(
      "apartByHost",
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
      "scaling",
      "noRequests",
    ),
    6,
  ),
  moved: seldom(
    record<NonNullable<WorkloadSpec["moved"]>>({
      minutesAgo: fc.constantFrom(5, 31, 55, 65, 500),
      to: fc.constantFrom("ToSpot", "ToRegular"),
      failedReturns: seldom(fc.nat({ max: 3 }), 2),
    }),
    2,
  ),
});

export const clusterSpec = record<ClusterSpec>({
  nodes: fc.array(nodeSpec, { maxLength: 7 }),
  workloads: fc.array(workloadSpec, { maxLength: 7 }),
  policy: record<ClusterSpec["policy"]>({
    perRound: fc.nat({ max: 4 }),
    perHour: fc.nat({ max: 6 }),
    share: seldom(fc.constantFrom(0, 0.4, 0.7), 3),
    floor: seldom(fc.nat({ max: 2 }), 3),
    statefulSets: seldom(fc.boolean(), 2),
    highRegular: seldom(fc.constantFrom(0.2, 0.5), 3),
  }),
  lossesMinutesAgo: seldom(fc.array(fc.constantFrom(1, 10, 30), { maxLength: 2 }), 3),
  noUsage: seldom(fc.constant(true as const), 8),
});
