// Finds the programs of the local environment: on this machine, in the cache, as a download, or by building them.
import { mkdirSync } from "node:fs";
import { chmod, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheDir } from "../environment.ts";
import { claim, release } from "../supervisor/claim.ts";
import { buildTool } from "./build.ts";
import { downloadTool, officialOrigins, type Origins } from "./download.ts";
import { explainFileError } from "./fileErrors.ts";
import { findInstalled, isExecutable, onPath, whyUnfit } from "./installed.ts";
import { missingToolsMessage, type MissingTool } from "./missing.ts";
import { toolSpecs, type ToolName, type ToolSpec } from "./table.ts";
import { formatVersion, goModOf, requiredVersion, type Version } from "./version.ts";

export interface ToolOptions {
  /** Gets a line when something takes long or was ignored. */
  report: (line: string) => void;
  signal?: AbortSignal;
  /** For tests: default are this machine's own. */
  env?: NodeJS.ProcessEnv;
  cache?: string;
  origins?: Origins;
  specs?: Readonly<Record<string, ToolSpec>>;
}

interface Job {
  spec: ToolSpec;
  wanted: Version;
  /** Where it lies in the cache, whether it does already or not. */
  file: string;
}

/**
 * Paths of the executables of these tools. What is not on this machine is downloaded or built into the cache, once
 * for all checkouts. Throws one error that names everything that is missing and what to do.
 */
export async function ensureTools<Name extends string = ToolName>(
  names: readonly Name[],
  options: ToolOptions,
): Promise<Record<Name, string>> {
  const { env = process.env, cache = cacheDir, specs = toolSpecs, report } = options;
  const folder = join(cache, "tools");
  const found = new Map<string, string>();
  const jobs: Job[] = [];
  await Promise.all(
    names.map(async (name) => {
      const spec = (specs as Record<string, ToolSpec>)[name]!;
      const required = requiredVersion(spec.module, goModOf(spec.moduleDir));
      const wanted = spec.release?.(required) ?? required;
      const installed = await findInstalled(spec, wanted, env);
      for (const note of installed.notes) report(`${name}: ${note}`);
      const { os, arch } = platform();
      const file = join(folder, `${name}-${formatVersion(wanted)}-${os}-${arch}`);
      found.set(name, installed.file ?? file);
      if (installed.file === undefined && !isExecutable(file)) jobs.push({ spec, wanted, file });
    }),
  );
  if (jobs.length > 0) {
    try {
      await install(jobs, folder, options);
    } catch (error) {
      throw explainFileError(error, cache, "set SPOT_BALANCER_CACHE to another folder");
    }
  }
  return Object.fromEntries(found) as Record<Name, string>;
}

/** This platform in Go's words. */
function platform(): { os: string; arch: string } {
  return { os: process.platform, arch: process.arch === "x64" ? "amd64" : process.arch };
}

async function install(jobs: Job[], folder: string, options: ToolOptions): Promise<void> {
  const { env = process.env, report, signal = new AbortController().signal } = options;
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "lock");
  await waitForLock(lock, report, signal);
  const work = await mkdtemp(join(folder, "new-"));
  try {
    // Whoever had the lock may have brought what is missing here.
    const missing = jobs
      .filter(({ file }) => !isExecutable(file))
      .sort((a, b) => a.file.localeCompare(b.file));
    const reasons = new Map<Job, string>();
    await Promise.all(
      missing.map(async (job) => {
        const reason = await tryDownload(job, work, options, signal);
        if (reason !== undefined) reasons.set(job, reason);
      }),
    );
    const left = missing.filter((job) => reasons.has(job));
    if (left.length === 0) return;
    const [go] = onPath("go", env["PATH"] ?? "");
    if (go === undefined) {
      throw new Error(
        missingToolsMessage(left.map((job): MissingTool => ({ ...job, reason: reasons.get(job)! }))),
      );
    }
    for (const job of left) await build(go, job, work, report, signal);
  } finally {
    await rm(work, { recursive: true, force: true });
    release(lock);
  }
}

async function waitForLock(lock: string, report: (line: string) => void, signal: AbortSignal): Promise<void> {
  for (let told = false; ; told = true) {
    const holder = claim(lock);
    if (!holder) return;
    if (!told) report(`waiting for another start (PID ${holder.pid}), which is bringing the programs`);
    await delay(250, undefined, { signal });
  }
}

/** Why there is no download, or undefined when the tool is in the cache now. */
async function tryDownload(
  { spec, wanted, file }: Job,
  work: string,
  { origins = officialOrigins, report }: ToolOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { os, arch } = platform();
  const download = spec.download?.(formatVersion(wanted), os, arch);
  if (!download) return "it has no download";
  const started = Date.now();
  try {
    const folder = await mkdtemp(join(work, `${spec.name}-`));
    const program = await downloadTool(download, folder, origins, signal);
    await chmod(program, 0o755);
    const unfit = await whyUnfit(spec, program, wanted);
    if (unfit !== undefined) return `its download is of no use: ${unfit}`;
    await rename(program, file);
    report(`${spec.name} ${formatVersion(wanted)}: downloaded in ${seconds(started)}`);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (explainFileError(error, "", "") !== error) throw error;
    return (error as Error).message;
  }
}

async function build(
  go: string,
  job: Job,
  work: string,
  report: (line: string) => void,
  signal: AbortSignal,
) {
  const { spec, wanted, file } = job;
  const label = `${spec.name} ${formatVersion(wanted)}`;
  report(`${label}: no download, building it with Go, once …`);
  const started = Date.now();
  const heartbeat = setInterval(() => report(`${label}: still building after ${seconds(started)}`), 60_000);
  try {
    const folder = await mkdtemp(join(work, `${spec.name}-`));
    await rename(await buildTool(go, spec, wanted, folder, signal), file);
  } finally {
    clearInterval(heartbeat);
  }
  report(`${label}: built in ${seconds(started)}`);
}

const seconds = (started: number): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;
