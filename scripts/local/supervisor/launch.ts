// Starts a supervisor that outlives the command, waits until it is ready, and stops it again.
import { spawn } from "node:child_process";
import { closeSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheDir, projectRoot } from "../environment.ts";
import { requestShutdown, supervisorStatus, SupervisorUnreachable } from "./client.ts";
import { logTail, openLog } from "../processes/logFile.ts";
import type { SupervisorOptions } from "./options.ts";
import type { EnvironmentPaths } from "../processes/paths.ts";
import { readPidFile, stopLeftovers } from "../processes/pidFile.ts";
import { isAlive, type ProcessIdentity } from "../processes/processIdentity.ts";

/** Milliseconds that a start may take: ten times what it takes on two busy cores. */
const startTimeoutMs = 240_000;
const stopTimeoutMs = 30_000;

/** Starts a supervisor for `paths`, and returns when everything it owns is ready. Stops it when `signal` aborts. */
export async function launchSupervisor(
  paths: EnvironmentPaths,
  options: SupervisorOptions | object,
  signal: AbortSignal,
  entry = join(import.meta.dirname, "main.ts"),
): Promise<void> {
  const log = openLog(paths.log("supervisor"));
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: projectRoot,
    env: { ...process.env, SPOT_BALANCER_STATE: paths.state, SPOT_BALANCER_CACHE: cacheDir },
  });
  closeSync(log);
  let ended = false;
  child.once("error", () => (ended = true));
  child.once("exit", () => (ended = true));
  child.unref();
  try {
    await untilReady(paths, () => ended, signal);
  } catch (error) {
    // A supervisor that loads its code has no socket yet, so it gets the signal, too.
    if (!ended) child.kill("SIGTERM");
    await stopSupervisor(paths);
    throw error;
  }
}

/** Waits for a supervisor that starts. Throws what it reports when it fails. */
async function untilReady(paths: EnvironmentPaths, ended: () => boolean, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const status = await supervisorStatus(paths.socket);
    if (status?.phase === "ready") return;
    if (status?.phase === "failed") throw new Error(status.problem);
    if (status?.phase === "stopping") throw new Error("the environment was stopped by another command");
    if (ended()) {
      const log = paths.log("supervisor");
      throw new Error(`the supervisor ended. The end of its log (${log}):\n${logTail(log)}`);
    }
    if (Date.now() > deadline)
      throw new Error(`the environment was not ready after ${startTimeoutMs / 1000} s`);
    await delay(50, undefined, { signal });
  }
}

/**
 * Stops the supervisor and every process of its environment, also those of a supervisor that was killed.
 * Returns whether anything was running.
 */
export async function stopSupervisor(paths: EnvironmentPaths): Promise<boolean> {
  const supervisor: ProcessIdentity | undefined = readPidFile(paths.run, "supervisor");
  if (supervisor) {
    try {
      await requestShutdown(paths.socket);
    } catch (error) {
      if (!(error instanceof SupervisorUnreachable)) throw error;
    }
    const deadline = Date.now() + stopTimeoutMs;
    while (isAlive(supervisor) && Date.now() < deadline) await delay(50);
  }
  const leftovers = await stopLeftovers(paths.run);
  rmSync(paths.socket, { force: true });
  return supervisor !== undefined || leftovers.length > 0;
}
