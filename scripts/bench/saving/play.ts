// All strategies on all traces of a folder, as many at once as there are cores; the order of the rows does not depend on it.
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { InputError, rootCause } from "../../../balancer/failures.ts";
import { readScenario } from "../../simulate/inputs/readScenario.ts";
import { simulate } from "../../simulate/loop.ts";
import type { Run } from "../../simulate/meter.ts";
import { type Scenario, durationOf } from "../../simulate/scenario.ts";
import { type Row, rowOf } from "./row.ts";
import { strategies } from "./strategies.ts";

interface Job {
  trace: string;
  strategy: number;
}

/** @param chosen the first of the strategies. @param folder `load.csv`, `policy.yaml`, perhaps `cluster.yaml`; every `*.json` in it is a spot trace */
export async function playAll(
  folder: string,
  workers = availableParallelism(),
  chosen = strategies.length,
): Promise<Row[]> {
  const traces = tracesOf(folder);
  const scenarios = new Map(traces.map((trace) => [trace, scenarioOf(folder, trace)]));
  const jobs: Job[] = traces.flatMap((trace) =>
    Array.from({ length: chosen }, (_, strategy) => ({ trace, strategy })),
  );
  const runs = new Map<string, Run>();
  const left = [...jobs];
  await Promise.all(Array.from({ length: workers }, () => work(folder, left, runs)));
  return jobs.map(({ trace, strategy }) => {
    const nothing = runs.get(`${trace} 0`)!;
    const hours = durationOf(scenarios.get(trace)!) / 3_600_000;
    return rowOf(trace, strategies[strategy]!.name, runs.get(`${trace} ${strategy}`)!, nothing, hours);
  });
}

function tracesOf(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new InputError(`--traces: cannot read ${folder}: ${rootCause(error)}`);
  }
  const traces = names.filter((name) => name.endsWith(".json")).sort();
  if (traces.length === 0) throw new InputError(`--traces: expected *.json in ${folder}, there are none`);
  return traces.map((name) => basename(name, ".json"));
}

function scenarioOf(folder: string, trace: string): Scenario {
  const read = (name: string) => {
    try {
      return { name, text: readFileSync(join(folder, name), "utf8") };
    } catch (error) {
      throw new InputError(`--traces: cannot read ${join(folder, name)}: ${rootCause(error)}`);
    }
  };
  return readScenario({
    spot: read(`${trace}.json`),
    load: read("load.csv"),
    policy: read("policy.yaml"),
    ...(readdirSync(folder).includes("cluster.yaml") && { cluster: read("cluster.yaml") }),
    ...{ roundSeconds: 60, replicas: 2, seed: 1 },
  });
}

/** One thread that takes jobs until there are none. */
async function work(folder: string, left: Job[], runs: Map<string, Run>): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { folder } });
  try {
    for (let job = left.shift(); job; job = left.shift()) {
      const { trace, strategy } = job;
      worker.postMessage(job);
      const [run] = (await once(worker, "message")) as [Run];
      runs.set(`${trace} ${strategy}`, run);
    }
  } finally {
    await worker.terminate();
  }
}

if (!isMainThread && parentPort) {
  const { folder } = workerData as { folder: string };
  parentPort.on("message", ({ trace, strategy }: Job) => {
    const { scenario, mover } = strategies[strategy]!;
    parentPort!.postMessage(simulate(scenario(scenarioOf(folder, trace)), mover()));
  });
}
