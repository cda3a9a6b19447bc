// Official releases: downloaded, checked against the checksum that checksums.json pins, and only then kept.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { promisify } from "node:util";
import pinned from "./checksums.json" with { type: "json" };
import type { Download } from "./table.ts";

/** URL → SHA-256, hexadecimal. */
export const checksums: Readonly<Record<string, string>> = pinned;

export interface DownloadOptions {
  checksums?: Readonly<Record<string, string>>;
  /** Milliseconds until the first answer of a server: long enough for a slow line, short enough to go on without it. */
  answerTimeoutMs?: number;
}

/** Milliseconds without a further byte. */
const stallTimeoutMs = 20_000;

/**
 * Puts the executable of a release at `<folder>/program`, a folder on the same disk as its final place.
 * Throws with the reason when its checksum is not pinned or differs, or the release cannot be reached.
 */
export async function downloadTool(
  { url, member }: Download,
  folder: string,
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<string> {
  const expected = (options.checksums ?? checksums)[url];
  if (expected === undefined) throw new Error("its release's checksum is not pinned in checksums.json");
  const target = join(folder, "program");
  const file = member === undefined ? target : join(folder, "archive");
  const actual = await save(url, file, options.answerTimeoutMs ?? 5_000, signal);
  if (actual !== expected) {
    throw new Error(`${url} does not have the pinned checksum: expected ${expected}, got ${actual}`);
  }
  if (member !== undefined) {
    await promisify(execFile)("tar", ["-xf", file, "-C", folder, member], { signal });
    await rename(join(folder, member), target);
  }
  return target;
}

/** GET with a limit on the time to the first answer. */
async function get(url: string, answerTimeoutMs: number, signal: AbortSignal): Promise<Response> {
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
async function save(
  url: string,
  file: string,
  answerTimeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const response = await get(url, answerTimeoutMs, signal);
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
