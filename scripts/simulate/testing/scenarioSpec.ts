// A simulated world in few words, as property tests generate and print it, and how it becomes a scenario.
import fc from "fast-check";
import { type Policy, parsePolicy } from "../../../balancer/policy.ts";
import type { Scenario } from "../scenario.ts";
import { gibibyte, minute, noon } from "../../../balancer/testing/builders.ts";

const hour = 60 * minute;

export interface ScenarioSpec {
  /** Spot nodes to be had, an hour each; the last one stays. */
  spot: number[];
  spotMin: number;
  regularMax: number;
  placeholders: number;
  /** The end of spot nodes is announced so long before, minutes. */
  notice?: number;
  /** Of each pool. */
  zones?: number;
  /** A request that the cloud does not grant is known to have failed after so many minutes. */
  failsAfter?: number;
  workloads: SimulatedSpec[];
}

interface SimulatedSpec {
  replicas: number;
  /** Requests of one replica, millicores. */
  cpu: number;
  /** CPU as a part of the requests, an hour each; the last one stays. */
  load: number[];
  kind?: "StatefulSet";
  spread?: "zone" | "node";
  tier?: "critical" | "low";
  unavailable?: number;
  minAvailable?: number;
  /** Replicas that its autoscaler may go up to. */
  upTo?: number;
}

/** Rests are short enough for a world to calm down within `calmHours`. */
export const calmHours = 8;

function buildPolicy(placeholders: number): Policy {
  return parsePolicy(`
    namespaces: { demo: {} }
    statefulSets: { enabled: true }
    cooldown: { minutes: 30, maxMinutes: 120 }
    availability: { low: 0.98, standard: 0.98 }
    headroom: { replicas: ${placeholders}, cpuMillicores: 500, memoryMebibytes: 256 }`);
}

export function buildScenario(spec: ScenarioSpec, changes: Partial<Scenario> = {}): Scenario {
  const hours = Math.max(spec.spot.length, ...spec.workloads.map(({ load }) => load.length)) + calmHours;
  const node = { cpu: 2000, memory: 8 * gibibyte, pods: 10 };
  return {
    policy: buildPolicy(spec.placeholders),
    pools: {
      regular: { ...node, min: 1, max: spec.regularMax, pricePerHour: 0.1, zones: spec.zones },
      spot: { ...node, min: spec.spotMin, max: 6, pricePerHour: 0.02, zones: spec.zones },
    },
    workloads: spec.workloads.map(
      ({ replicas, cpu, kind, tier, unavailable = 0, minAvailable, spread, upTo }, i) => ({
        name: `demo/w${i}`,
        ...{ replicas, cpu, kind, tier, minAvailable, spread },
        memory: gibibyte / 4,
        maxSurge: 1,
        maxUnavailable: unavailable,
        ...(upTo !== undefined && { autoscaler: { min: 1, max: upTo, cpuUtilization: 0.7 } }),
      }),
    ),
    spot: {
      stepMs: hour,
      available: Array.from({ length: hours }, (_, i) => spec.spot[i] ?? spec.spot.at(-1)!),
    },
    loads: new Map(
      spec.workloads.map(({ load, cpu, replicas }, i) => [
        `demo/w${i}`,
        load.map((part, at) => ({ at: at * hour, cpu: part * cpu * replicas, memory: gibibyte / 8 })),
      ]),
    ),
    start: noon,
    timings: {
      tickMs: minute,
      roundMs: 5 * minute,
      nodeStartMs: 2 * minute,
      nodeNotReadyMs: minute,
      noticeMs: (spec.notice ?? 0) * minute,
      podStartMs: minute / 2,
      unneededMs: 10 * minute,
      failedRequestMs: (spec.failsAfter ?? 0) * minute,
      backoffMs: 5 * minute,
    },
    seed: 1,
    ...changes,
  };
}

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const hourly = <Value>(value: fc.Arbitrary<Value>, hours: number) =>
  fc.array(value, { minLength: 1, maxLength: hours });

const simulatedSpec = fc.record({
  replicas: fc.constantFrom(1, 2, 3, 4),
  cpu: fc.constantFrom(100, 300, 500, 900),
  load: hourly(fc.constantFrom(0.02, 0.02, 0.2, 0.6, 1.2), 4),
  kind: optional(fc.constant("StatefulSet" as const)),
  spread: optional(fc.constantFrom("zone" as const, "node" as const)),
  tier: optional(fc.constantFrom("low" as const, "critical" as const)),
  unavailable: optional(fc.nat({ max: 2 })),
  minAvailable: optional(fc.nat({ max: 4 })),
  upTo: optional(fc.constantFrom(4, 6)),
});

/** @param hours for how long traces change; 1: they never do, nor does any number of replicas */
export const scenarioSpec = (hours: number): fc.Arbitrary<ScenarioSpec> =>
  fc
    .record({
      spot: hourly(fc.constantFrom(0, 1, 2, 3, 4, 6), hours),
      spotMin: fc.nat({ max: 4 }),
      regularMax: fc.constantFrom(10, 4, 2),
      placeholders: fc.constantFrom(0, 0, 1, 2),
      notice: optional(fc.constantFrom(1, 2, 90)),
      zones: optional(fc.constantFrom(2, 3)),
      failsAfter: optional(fc.constantFrom(1, 3)),
      workloads: fc.array(
        simulatedSpec.map((spec) =>
          hours > 1 ? spec : { ...spec, load: spec.load.slice(0, 1), upTo: undefined },
        ),
        { minLength: 1, maxLength: 5, size: "max" },
      ),
    })
    // As JSON a spec has no undefined keys, which would only be noise in a counterexample.
    .map((spec) => JSON.parse(JSON.stringify(spec)) as ScenarioSpec);
