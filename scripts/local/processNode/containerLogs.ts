// `kubectl logs`: a container's log file, whole or its last lines, and what is added to it while followed.
import type { ServerResponse } from "node:http";
import { open, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { previousLog } from "./containerProcess.ts";

export interface LogRequest {
  follow: boolean;
  /** The run before this one. */
  previous: boolean;
  /** Only that many lines from the end. */
  tailLines: number | undefined;
}

/** The query of `/containerLogs/…`; timestamps, since… and limitBytes are refused by name. */
export function parseLogRequest(query: URLSearchParams): LogRequest | { refused: string } {
  const unsupported = ["timestamps", "sinceSeconds", "sinceTime", "limitBytes"].filter(
    (name) => query.has(name) && query.get(name) !== "false",
  );
  if (unsupported.length > 0)
    return {
      refused: `not supported by this process node: ${unsupported.join(", ")}`,
    };
  return {
    follow: query.get("follow") === "true",
    previous: query.get("previous") === "true",
    tailLines: query.has("tailLines") ? Number(query.get("tailLines")) : undefined,
  };
}

/** The last `lines` lines of the text. Pure. */
export function lastLines(text: string, lines: number): string {
  const all = text.split(/(?<=\n)/);
  return lines <= 0 ? "" : all.slice(-lines).join("");
}

/** Sends the log; with `follow` until the client leaves or `running` turns false. */
export async function sendLog(
  logFile: string,
  { follow, previous, tailLines }: LogRequest,
  running: () => boolean,
  response: ServerResponse,
): Promise<void> {
  const file = previous ? previousLog(logFile) : logFile;
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) return void response.writeHead(404).end(`no log at ${file}\n`);
  response.setHeader("Content-Type", "text/plain");
  const chosen = tailLines === undefined ? content : Buffer.from(lastLines(content.toString(), tailLines));
  response.write(chosen);
  if (follow && !previous) await sendGrowth(file, content.length, running, response);
  response.end();
}

async function sendGrowth(file: string, from: number, running: () => boolean, response: ServerResponse) {
  let position = from;
  const handle = await open(file);
  try {
    while (!response.destroyed) {
      const last = !running(); // asked before reading, so that the last words are not lost
      const { size } = await handle.stat();
      if (size < position) position = 0; // it was cut to bound its size
      if (size > position) {
        const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - position), position });
        position += bytesRead;
        response.write(buffer.subarray(0, bytesRead));
      }
      if (last) return;
      await delay(250);
    }
  } finally {
    await handle.close();
  }
}
