// What `decide` says of a cluster of builders' parts.
import { decide } from "../decide.ts";
import type { Plan, Snapshot, Workload } from "../model.ts";
import { buildPods, buildPolicy, buildSnapshot, noon, withCpu } from "./builders.ts";

/** Workloads with a pod on each of these nodes, which use that part of the CPU they request; idle when not stated. */
export type Running = [workload: Workload, on: string[], cpu?: number];

export function running(...list: Running[]): Pick<Snapshot, "workloads" | "pods"> {
  return {
    workloads: list.map(([workload]) => workload),
    pods: list.flatMap(([workload, on, cpu = 0.02]) => withCpu(buildPods(workload, on), cpu)),
  };
}

/** @param policy YAML; `demo` is opted in when it is missing */
export function planFor(parts: Partial<Snapshot>, policy?: string, now = noon): Plan {
  return decide(buildSnapshot(parts), buildPolicy(policy), now);
}
