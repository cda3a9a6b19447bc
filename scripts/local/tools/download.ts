// Official releases: downloaded, checked against the checksum that checksums.json pins, and only then kept.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
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

/** Saves what `url` answers, and returns its SHA-256. */
async function save(
  url: string,
  file: string,
  answerTimeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const { Agent, interceptors, request } = await import("undici"); // seldom needed
  const connect = { timeout: answerTimeoutMs };
  const agent = new Agent({ connect, headersTimeout: answerTimeoutMs, bodyTimeout: stallTimeoutMs });
  try {
    const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
    const { statusCode, body } = await request(url, { dispatcher, signal }).catch((error: Error) => {
      signal.throwIfAborted();
      const isLate = error.name === "HeadersTimeoutError";
      const what = isLate ? `no answer within ${answerTimeoutMs / 1000} s` : error.message;
      throw new Error(`${url}: ${what}`, { cause: error });
    });
    if (statusCode !== 200) throw new Error(`${url}: answered ${statusCode}`);
    const hash = createHash("sha256");
    body.on("data", (chunk: Buffer) => hash.update(chunk));
    await pipeline(body, createWriteStream(file), { signal });
    return hash.digest("hex");
  } finally {
    await agent.destroy();
  }
}
