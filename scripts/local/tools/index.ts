// Finds the programs of the local environment: on this machine, in the cache, as a download, or by building them.
import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../environment.ts";
import { claimInTurn, release } from "../processes/claim.ts";
import { bring, type Job } from "./bring.ts";
import { explainFileError } from "./fileErrors.ts";
import { findInstalled, isExecutable } from "./installed.ts";
import { MissingTools, type MissingTool } from "./missing.ts";
import type { ToolOptions } from "./options.ts";
import { ownArch, toolSpecs, type ToolName, type ToolSpec } from "./table.ts";
import { formatVersion } from "./version.ts";

export { goModule } from "./goModule.ts";

export interface Brought<Name extends string> {
  /** Paths of executables. */
  tools: Partial<Record<Name, string>>;
  missing: MissingTool[];
}

/** Paths of the executables of these tools. Throws one error that names everything that is missing and what to do. */
export async function ensureTools<Name extends string = ToolName>(
  names: readonly Name[],
  options: ToolOptions,
): Promise<Record<Name, string>> {
  const { tools, missing } = await bringTools(names, options);
  if (missing.length > 0) throw new MissingTools(missing);
  return tools as Record<Name, string>;
}

/** What is not on this machine is downloaded or built into the cache, once for all checkouts. */
export async function bringTools<Name extends string = ToolName>(
  names: readonly Name[],
  options: ToolOptions,
): Promise<Brought<Name>> {
  const { tools, jobs } = await findTools(names, options);
  const { cache = cacheDir } = options;
  let missing: MissingTool[] = [];
  if (jobs.length > 0) {
    try {
      missing = await install(jobs, join(cache, "tools"), options);
    } catch (error) {
      throw explainFileError(error, cache, "set SPOT_BALANCER_CACHE to another folder");
    }
  }
  for (const { spec, file } of jobs)
    if (!missing.some((one) => one.spec === spec)) tools[spec.name as Name] = file;
  return { tools, missing };
}

/** What is here already, installed or in the cache, and what would have to be brought. */
export async function findTools<Name extends string = ToolName>(
  names: readonly Name[],
  { env = process.env, cache = cacheDir, specs = toolSpecs, report }: ToolOptions,
): Promise<{ tools: Partial<Record<Name, string>>; jobs: Job[] }> {
  const tools: Partial<Record<Name, string>> = {};
  const jobs: Job[] = [];
  await Promise.all(
    names.map(async (name) => {
      const spec = (specs as Record<string, ToolSpec>)[name]!;
      const wanted = spec.version();
      const installed = await findInstalled(spec, wanted, env);
      for (const note of installed.notes) report(`${name}: ${note}`);
      const file = join(cache, "tools", `${name}-${formatVersion(wanted)}-linux-${ownArch}`);
      if (installed.file !== undefined) tools[name] = installed.file;
      else if (isExecutable(file)) tools[name] = file;
      else jobs.push({ spec, wanted, file });
    }),
  );
  jobs.sort((a, b) => names.indexOf(a.spec.name as Name) - names.indexOf(b.spec.name as Name));
  return { tools, jobs };
}

async function install(jobs: Job[], folder: string, options: ToolOptions): Promise<MissingTool[]> {
  const { report, signal = new AbortController().signal } = options;
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "lock");
  await claimInTurn(
    lock,
    (pid) => report(`waiting for another start (PID ${pid}), which is bringing the programs`),
    signal,
  );
  const work = await mkdtemp(join(folder, "new-"));
  try {
    // Whoever had the lock may have brought what is missing here.
    return await bring(
      jobs.filter(({ file }) => !isExecutable(file)),
      work,
      { ...options, signal },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
    release(lock);
  }
}
