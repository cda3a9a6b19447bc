// Input files and options in, a complete Scenario out; or one error that says everything that is wrong with them.
import { type Policy, PolicyError, defaultPolicy, parsePolicy } from "../../../balancer/policy.ts";
import type { LoadStep, PoolSpec, Scenario, SimulatedWorkload } from "../scenario.ts";
import { type ClusterFile, defaultCluster, readClusterFile } from "./clusterFile.ts";
import { readLoadTrace } from "./loadTrace.ts";
import { type InputFile, Problems } from "./problem.ts";
import { readSpotTrace } from "./spotTrace.ts";

export interface SimulationInputs {
  spot: InputFile;
  /** Of the pools that the cluster file has beside `spot`, by name. */
  moreSpot?: Record<string, InputFile>;
  load: InputFile;
  policy: InputFile;
  cluster?: InputFile;
  roundSeconds: number;
  /** Of workloads that the cluster file does not describe. */
  replicas: number;
  seed: number;
  /** Missing: spot nodes go without one. */
  noticeSeconds?: number;
}

const minute = 60_000;
/** A Monday: where a trace has no dates, policy's time windows count from it. */
const someMonday = Date.UTC(2026, 0, 5);

/** @throws InputError with every problem of every file and its line */
export function readScenario(inputs: SimulationInputs): Scenario {
  const problems = new Problems();
  const spot = readSpotTrace(inputs.spot, problems);
  const load = readLoadTrace(inputs.load, problems);
  const traces = Object.entries(inputs.moreSpot ?? {}).map(
    ([name, file]) => [name, readSpotTrace(file, problems)] as const,
  );
  const policy = readPolicy(inputs.policy, problems);
  const cluster = inputs.cluster ? readClusterFile(inputs.cluster, problems) : defaultCluster;
  if (load && cluster?.workloads) checkNames(inputs, new Set(load.steps.keys()), cluster.workloads, problems);
  if (cluster) checkPools(inputs, cluster, problems);
  problems.throwIfAny();

  const { times, pools, workloads } = cluster!;
  const roundMs = inputs.roundSeconds * 1000;
  const noticeMs = (inputs.noticeSeconds ?? 0) * 1000;
  return {
    policy,
    pools: {
      regular: withPrice(pools.regular, policy.costs.regularPerCpuHour),
      spot: withPrice(pools.spot, policy.costs.spotPerCpuHour),
    },
    workloads: workloads ? named(workloads) : fromLoad(load!.steps, inputs.replicas),
    spot: spot!,
    moreSpot: traces.map(([name, trace]) => ({
      name,
      spec: withPrice(cluster!.spotPools[name]!, policy.costs.spotPerCpuHour),
      trace: trace!,
    })),
    loads: load!.steps,
    start: load!.startsAt ?? someMonday,
    timings: {
      tickMs: Math.min(15_000, roundMs, noticeMs || Infinity),
      roundMs,
      noticeMs,
      nodeStartMs: times.nodeStartSeconds * 1000,
      nodeNotReadyMs: Math.min(times.nodeNotReadySeconds, times.nodeStartSeconds) * 1000,
      podStartMs: times.podStartSeconds * 1000,
      unneededMs: times.unneededMinutes * minute,
      failedRequestMs: times.failedRequestSeconds * 1000,
      backoffMs: times.backoffMinutes * minute,
    },
    seed: inputs.seed,
  };
}

function readPolicy({ name, text }: InputFile, problems: Problems): Policy {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    problems.add(name, ...error.problems);
    return defaultPolicy;
  }
}

/** A workload without load would look idle, and a load without workload would be forgotten: neither is meant. */
function checkNames(
  { load, cluster }: SimulationInputs,
  loaded: Set<string>,
  workloads: NonNullable<ClusterFile["workloads"]>,
  problems: Problems,
): void {
  for (const name of loaded) {
    if (workloads[name]) continue;
    problems.add(load.name, {
      line: 1,
      path: name,
      message: `has rows, but is no workload of ${cluster!.name}`,
    });
  }
  for (const name of Object.keys(workloads)) {
    if (loaded.has(name)) continue;
    problems.add(cluster!.name, {
      line: 1,
      path: name,
      message: `is a workload without a row in ${load.name}`,
    });
  }
}

function checkPools(
  { moreSpot = {}, cluster }: SimulationInputs,
  file: ClusterFile,
  problems: Problems,
): void {
  const pools = Object.keys(file.spotPools);
  for (const name of pools.filter((each) => !Object.hasOwn(moreSpot, each)))
    problems.add(cluster!.name, { line: 1, path: `spotPools.${name}`, message: `needs --spot ${name}=FILE` });
  for (const [name, trace] of Object.entries(moreSpot))
    if (!pools.includes(name))
      problems.add(trace.name, {
        line: 1,
        path: name,
        message: "is the trace of no pool in spotPools of --cluster",
      });
}

/** Prices in policy are per vCPU; allocatable is a bit less than what the node has. */
function withPrice({ pricePerHour, ...pool }: ClusterFile["pools"]["spot"], perCpuHour: number): PoolSpec {
  return { ...pool, pricePerHour: pricePerHour ?? Math.ceil(pool.cpu / 1000) * perCpuHour };
}

function named(workloads: NonNullable<ClusterFile["workloads"]>): SimulatedWorkload[] {
  return Object.entries(workloads).map(([name, workload]) => ({ name, ...workload }));
}

/** Requests that cover the highest load: what people do who have measured. */
function fromLoad(loads: Map<string, LoadStep[]>, replicas: number): SimulatedWorkload[] {
  return [...loads].map(([name, steps]) => {
    const each = (resource: "cpu" | "memory") =>
      Math.ceil(Math.max(...steps.map((step) => step[resource])) / replicas);
    const cpu = Math.max(50, each("cpu"));
    const memory = Math.max(64 * 2 ** 20, each("memory"));
    return { name, replicas, cpu, memory, maxSurge: 1, maxUnavailable: 0 };
  });
}
