// `kubectl logs`: a container's log file, whole or its last lines, and what is added to it while followed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { previousLog } from "./containerProcess.ts";

/**
 * Answers a request for a log; with `follow` until the client leaves or the process ends.
 * @param query of `/containerLogs/…`; timestamps, since… and limitBytes are refused by name
 * @param pid of the container's process, while it runs
 */
export function sendLog(
  logFile: string,
  query: URLSearchParams,
  pid: number | undefined,
  response: ServerResponse,
): void {
  const refused = ["timestamps", "sinceSeconds", "sinceTime", "limitBytes"].filter(
    (name) => query.has(name) && query.get(name) !== "false",
  );
  if (refused.length > 0)
    return void response.writeHead(400).end(`not supported by this process node: ${refused.join(", ")}\n`);
  const isOn = (name: string): boolean => query.get(name) === "true";
  const file = isOn("previous") ? previousLog(logFile) : logFile;
  if (!existsSync(file)) return void response.writeHead(404).end(`no log at ${file}\n`);
  response.writeHead(200, { "Content-Type": "text/plain" }).flushHeaders();
  const follow = isOn("follow") && file === logFile && pid !== undefined;
  const tail = spawn("tail", [
    `--lines=${query.get("tailLines") ?? "+1"}`,
    ...(follow ? ["--follow", "--sleep-interval=0.2", `--pid=${pid}`] : []),
    file,
  ]);
  tail.once("error", (error) => response.destroy(error));
  response.once("close", () => tail.kill());
  tail.stdout.pipe(response);
}
