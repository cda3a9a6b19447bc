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
import { interrupted } from "../../local/index.ts";
import type { Run } from "../../simulate/meter.ts";
import { type Scenario, durationOf } from "../../simulate/scenario.ts";
import { type Row, rowOf } from "./row.ts";
import { strategies } from "./strategies.ts";

interface Job {
  trace: string;
  strategy: number;
}

export interface Played {
  workers?: number;
  /** Names of strategies, doing nothing among them. */
  chosen?: string[];
  /** From the announcement of a spot node's end until it comes. */
  noticeSeconds?: number;
  /** After each run: a folder of long traces takes its time. */
  onRun?: (words: string) => void;
}

/** @param folder `load.csv`, `policy.yaml`, perhaps `cluster.yaml`; every `*.json` in it is a spot trace */
export async function playAll(folder: string, played: Played = {}): Promise<Row[]> {
  const {
    workers = availableParallelism(),
    chosen = strategies.map(({ name }) => name),
    noticeSeconds = 0,
    onRun = () => {},
  } = played;
  const traces = tracesOf(folder);
  const scenarios = new Map(traces.map((trace) => [trace, scenarioOf(folder, trace, noticeSeconds)]));
  const jobs: Job[] = traces.flatMap((trace) =>
    chosen.map((name) => ({ trace, strategy: strategies.findIndex((each) => each.name === name) })),
  );
  const runs = new Map<string, Run>();
  const left = [...jobs];
  const done = ({ trace, strategy }: Job, run: Run) => {
    runs.set(`${trace} ${strategy}`, run);
    onRun(`${runs.size} of ${jobs.length} runs: ${trace}, ${strategies[strategy]!.name}`);
  };
  await Promise.all(Array.from({ length: workers }, () => work({ folder, noticeSeconds }, left, done)));
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

function scenarioOf(folder: string, trace: string, noticeSeconds: number): Scenario {
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
    ...{ roundSeconds: 60, replicas: 2, seed: 1, noticeSeconds },
  });
}

/** One thread that takes jobs until there are none. */
async function work(
  workerData: { folder: string; noticeSeconds: number },
  left: Job[],
  done: (job: Job, run: Run) => void,
): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData });
  try {
    for (let job = left.shift(); job; job = left.shift()) {
      worker.postMessage(job);
      const [run] = (await once(worker, "message", { signal: interrupted })) as [Run];
      done(job, run);
    }
  } finally {
    await worker.terminate();
  }
}

if (!isMainThread && parentPort) {
  const { folder, noticeSeconds } = workerData as { folder: string; noticeSeconds: number };
  parentPort.on("message", ({ trace, strategy }: Job) => {
    const { scenario, mover } = strategies[strategy]!;
    parentPort!.postMessage(simulate(scenario(scenarioOf(folder, trace, noticeSeconds)), mover()));
  });
}
