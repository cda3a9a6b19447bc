// A program as a process of its own, with what it took: memory of one measurement must not count for the next one.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../temporaryFolder.ts";

/** `wallSeconds` says little on a machine that does other things. */
interface Usage {
  wallSeconds: number;
  /** Of all threads, and of the processes that it started and waited for. */
  cpuSeconds: number;
  peakMebibytes: number;
}

export interface Run extends Usage {
  stdout: string;
}

const reporter = join(import.meta.dirname, "reportUsage.js");

/** @param args of Node: flags, file, the program's arguments. @throws Error with what it said when it fails */
export async function runNode(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  using folder = temporaryFolder();
  const file = join(folder.path, "usage.json");
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", reporter, ...args], {
    env: { ...process.env, ...env, SPOT_BALANCER_BENCH_USAGE: file },
    maxBuffer: 256 * 2 ** 20,
  });
  return { ...(JSON.parse(readFileSync(file, "utf8")) as Usage), stdout };
}

/** The best of some runs: what disturbs a run only ever adds. */
export async function bestOf(times: number, run: () => Promise<Run>): Promise<Run> {
  let best = await run();
  for (let i = 1; i < times; i++) {
    const next = await run();
    if (next.cpuSeconds < best.cpuSeconds) best = next;
  }
  return best;
}
