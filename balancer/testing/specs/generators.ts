// Generated clusters for property tests: compact, so that a counterexample shrinks to something one can read.
import fc from "fast-check";
import type { ClusterSpec, NodeSpec, WorkloadSpec } from "./clusterSpec.ts";
import { rules } from "./clusterSpec.ts";
import { peculiarities, situations, weightedPeculiarities, weightedSituations } from "./themes.ts";

/** How many cases a property tries: `PROPERTY_RUNS=20` searches twenty times as long. */
export const runs = (count: number): number => Math.ceil(count * Number(process.env["PROPERTY_RUNS"] ?? 1));

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

const nodeOf = (pool: NodeSpec["pool"]) =>
  record<NodeSpec>({
    pool: fc.constant(pool),
    cores: fc.constantFrom(2, 4, 4, 8),
    zone: fc.constantFrom("a", "b"),
    second: seldom(fc.constant(true as const), 4),
  });

const ordinaryWorkload = record<WorkloadSpec>({
  namespace: fc.constant("demo"),
  replicas: fc.constantFrom(1, 2, 3),
  cpu: fc.constantFrom(100, 300, 500),
  load: fc.constant(0.02),
});

/** What runs beside the subject: most of it ordinary, each of its peculiarities seldom. */
const otherWorkload = record<WorkloadSpec>({
  namespace: fc.constantFrom("demo", "demo", "shop"),
  replicas: fc.constantFrom(1, 2, 3, 4),
  cpu: fc.constantFrom(100, 300, 500),
  load: fc.constantFrom(0.02, 0.02, 0.02, 0.02, 0.2, 0.6),
  loadBefore: seldom(fc.constantFrom(0.02, 0.6)),
  placement: seldom(fc.constant("spot" as const), 3),
  tier: seldom(fc.constantFrom("low", "critical"), 5),
  podPriority: seldom(fc.constantFrom(100, 1000), 10),
  surge: seldom(fc.constantFrom(2, 0), 10),
  unavailable: seldom(fc.constantFrom(1, 2), 10),
  minAvailable: seldom(fc.nat({ max: 3 }), 8),
  inTeam: seldom(fc.constant(true as const), 4),
  rule: seldom(fc.constantFrom(...rules), 6),
  moved: seldom(
    record<NonNullable<WorkloadSpec["moved"]>>({
      minutesAgo: fc.constantFrom(31, 65, 500),
      to: fc.constantFrom("ToSpot", "ToRegular"),
      failedReturns: seldom(fc.nat({ max: 3 }), 2),
    }),
    5,
  ),
});

const peculiarity = fc.constantFrom(...weightedPeculiarities);

/** An ordinary cluster in one situation, with at most two peculiar workloads. */
export const clusterSpec: fc.Arbitrary<ClusterSpec> = fc
  .record({
    regular: fc.array(nodeOf("regular"), { minLength: 1, maxLength: 4, size: "max" }),
    spot: fc.array(nodeOf("spot"), { minLength: 1, maxLength: 3, size: "max" }),
    subject: ordinaryWorkload,
    others: fc.array(otherWorkload, { maxLength: 3, size: "max" }),
    policy: record<ClusterSpec["policy"]>({
      perRound: seldom(fc.constantFrom(2, 3), 8),
      highRegular: seldom(fc.constantFrom(0.3, 0.5), 12),
      statefulSets: seldom(fc.constant(true), 8),
    }),
    situation: fc.constantFrom(...weightedSituations),
    peculiar: fc.array(fc.record({ workload: ordinaryWorkload, peculiarity }), {
      minLength: 1,
      maxLength: 2,
      size: "max",
    }),
  })
  .map(({ regular, spot, subject, peculiar, others, policy, situation }) => {
    const spec = structuredClone<ClusterSpec>({
      nodes: [...regular, ...spot],
      workloads: [subject, ...peculiar.map(({ workload }) => workload), ...others],
      policy,
      ...(regular.length > 2 && { maxRegular: regular.length }),
    });
    const own = [...spec.workloads];
    for (const [i, { peculiarity }] of peculiar.entries()) peculiarities[peculiarity](spec, own[i + 1]!);
    situations[situation][1](spec, own[0]!);
    return spec;
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

/** With `PROPERTY_RUNS` below 1 (`npm run mutate`) too little is tried for counts of what was met to mean something. */
export const countsMatter = runs(100) >= 100;
