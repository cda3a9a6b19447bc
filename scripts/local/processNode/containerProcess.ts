// One run of one container: a process group of its own, output appended to its log file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { copyFile, rename, stat, truncate } from "node:fs/promises";
import { constants } from "node:os";
import { dirname } from "node:path";
import { removePidFile, writePidFile } from "../processes/pidFile.ts";
import { sendSignal } from "../processes/processIdentity.ts";

export interface ProcessSpec {
  program: string;
  args: string[];
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  cwd: string;
  logFile: string;
  /** Folder of PID files: with its file the process is found even when this node's own process was killed. */
  runDir: string;
  /** `namespace/pod/container` */
  name: string;
}

interface ExitResult {
  /** As a shell tells it: 128 + number for a signal. */
  exitCode: number;
  signal?: number;
}

export interface RunningProcess {
  pid: number;
  startedAt: Date;
  exited: Promise<ExitResult>;
  /** SIGTERM to the group, SIGKILL after the grace period (seconds). Resolves when the process is gone. */
  stop(graceSeconds: number): Promise<void>;
}

const signalGroup = (pid: number, signal: NodeJS.Signals): void => sendSignal(-pid, signal);

/** Starts the process. Throws when the program cannot be started at all. */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  mkdirSync(dirname(spec.logFile), { recursive: true, mode: 0o700 });
  const log = openSync(spec.logFile, "a", 0o600);
  const child = spawn(spec.program, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true, // own session and process group
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const { pid } = child;
  // A file name holds 255 bytes, and a pod's name alone may have 253.
  const pidName = `${spec.name.replaceAll("/", "_").slice(0, 200)}_${pid}`;
  try {
    // In the same turn: between the start and its record nothing else may happen.
    if (pid !== undefined) writePidFile(spec.runDir, pidName, pid, { group: true });
  } catch (error) {
    if (pid !== undefined) signalGroup(pid, "SIGKILL"); // what cannot be recorded would have no owner
    throw error;
  }
  const startedAt = new Date();

  const exited = new Promise<ExitResult>((resolve) => {
    child.once("exit", (code, signal) => {
      if (pid !== undefined) {
        signalGroup(pid, "SIGKILL"); // what the main process left behind ends with it, as in a container
        removePidFile(spec.runDir, pidName);
      }
      const number = signal === null ? undefined : constants.signals[signal];
      resolve({ exitCode: code ?? 128 + (number ?? 0), ...(number !== undefined && { signal: number }) });
    });
  });
  await once(child, "spawn").catch((error: Error) => {
    throw new Error(`cannot start ${spec.program}: ${error.message}`);
  });
  const group = pid as number;

  return {
    pid: group,
    startedAt,
    exited,
    async stop(graceSeconds) {
      signalGroup(group, graceSeconds > 0 ? "SIGTERM" : "SIGKILL");
      const timer = setTimeout(() => signalGroup(group, "SIGKILL"), graceSeconds * 1000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Where the log of the run before lies. */
export const previousLog = (logFile: string): string => logFile.replace(/\.log$/, ".previous.log");

/** Before a restart: each run has its own log, and the one before is kept. */
export async function rotateLog(logFile: string): Promise<void> {
  await rename(logFile, previousLog(logFile)).catch(() => undefined);
}

/** Keeps a running container's log below `maxBytes`: its content so far becomes the previous log. */
export async function limitLog(logFile: string, maxBytes: number): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= maxBytes) return;
  await copyFile(logFile, previousLog(logFile));
  await truncate(logFile, 0); // the process appends, so it goes on at the start
}
