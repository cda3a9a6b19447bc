// Official releases: downloaded, checked against the checksum that the release states, and only then kept.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { promisify } from "node:util";
import type { Download } from "./table.ts";

/** Where releases are, and how patient we are. */
export interface Origins {
  /** Kubernetes' releases, each with `.sha256` beside it. */
  kubernetes: string;
  /** GitHub's API, which states the digest of each file of a release. */
  github: string;
  /** Milliseconds until the first answer of a server. */
  answerTimeoutMs: number;
}

export const officialOrigins: Origins = {
  kubernetes: "https://dl.k8s.io",
  github: "https://api.github.com",
  // Long enough for a slow line, short enough to go on without it: all tools are tried at once.
  answerTimeoutMs: 5_000,
};

/** Milliseconds without a further byte. */
const stallTimeoutMs = 20_000;

/**
 * Puts the executable of a release at `<folder>/program`, a folder on the same disk as its final place.
 * Throws with the reason when the release cannot be reached, does not have the file, or its checksum differs.
 */
export async function downloadTool(
  download: Download,
  folder: string,
  origins: Origins,
  signal: AbortSignal,
): Promise<string> {
  const { url, sha256 } = await (download.from === "kubernetes"
    ? kubernetesFile(download.path, origins, signal)
    : githubAsset(download, origins, signal));
  const target = join(folder, "program");
  const member = download.from === "github" ? download.member : undefined;
  const file = member === undefined ? target : join(folder, "archive");
  const actual = await save(url, file, origins, signal);
  if (actual !== sha256) {
    throw new Error(
      `${url} does not have the checksum that its release states: expected ${sha256}, got ${actual}`,
    );
  }
  if (member !== undefined) {
    // Linux' and macOS' tar find out the compression themselves; macOS' reads zip files, too.
    await promisify(execFile)("tar", ["-xf", file, "-C", folder, member], { signal });
    await rename(join(folder, member), target);
  }
  return target;
}

interface ReleaseFile {
  url: string;
  /** Hexadecimal. */
  sha256: string;
}

async function kubernetesFile(path: string, origins: Origins, signal: AbortSignal): Promise<ReleaseFile> {
  const url = `${origins.kubernetes}/${path}`;
  const [sha256] = (await (await get(`${url}.sha256`, origins, signal)).text()).trim().split(/\s/);
  if (!/^[0-9a-f]{64}$/.test(sha256 ?? "")) throw new Error(`${url}.sha256 states no SHA-256`);
  return { url, sha256: sha256! };
}

async function githubAsset(
  { repository, tag, asset }: Extract<Download, { from: "github" }>,
  origins: Origins,
  signal: AbortSignal,
): Promise<ReleaseFile> {
  const url = `${origins.github}/repos/${repository}/releases/tags/${tag}`;
  const release = (await (await get(url, origins, signal)).json()) as {
    assets?: { name: string; digest?: string | null; browser_download_url: string }[];
  };
  const found = release.assets?.find(({ name }) => name === asset);
  if (!found) throw new Error(`release ${tag} of ${repository} has no file ${asset}`);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(found.digest ?? "")?.[1];
  if (sha256 === undefined) throw new Error(`release ${tag} of ${repository} states no checksum of ${asset}`);
  return { url: found.browser_download_url, sha256 };
}

/** GET with a limit on the time to the first answer. */
async function get(url: string, { answerTimeoutMs }: Origins, signal: AbortSignal): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${answerTimeoutMs / 1000} s`)),
    answerTimeoutMs,
  );
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, late.signal]) });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    return response;
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Saves what `url` answers, and returns its SHA-256. */
async function save(url: string, file: string, origins: Origins, signal: AbortSignal): Promise<string> {
  const response = await get(url, origins, signal);
  const hash = createHash("sha256");
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`${url} stopped sending`)), stallTimeoutMs);
  const look = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const body = Readable.fromWeb(response.body as ReadableStream);
    const limit = AbortSignal.any([signal, stalled.signal]);
    await pipeline(body, look, createWriteStream(file), { signal: limit });
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
  return hash.digest("hex");
}
