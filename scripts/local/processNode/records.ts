// Which processes belong to a process node, on disk: so that nothing is left without an owner even when the
// node's own process was killed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface ProcessRecord {
  /** Process ID, which is also the ID of its process group. */
  pid: number;
  /** When it was started, as {@link startIdentity} tells it: a number alone may belong to somebody else by now. */
  start: string;
  /** `namespace/pod/container`, for people. */
  container: string;
}

const runDirectory = (rootDir: string): string => join(rootDir, "run");
const recordFile = (rootDir: string, pid: number): string => join(runDirectory(rootDir), `${pid}.json`);

/** Text that no other process with the same number has; undefined when there is no such process. */
function startIdentity(pid: number): string | undefined {
  try {
    if (process.platform !== "linux")
      return (
        execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined
      );
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 22 counts the ticks from boot to start; the program's name (field 2) may contain spaces.
    return `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined;
  }
}

/** Sends a signal to a whole process group; false when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Synchronous on purpose: between the start of a process and its record nothing else may happen. */
export function recordProcess(rootDir: string, pid: number, container: string): void {
  mkdirSync(runDirectory(rootDir), { recursive: true, mode: 0o700 });
  const record: ProcessRecord = { pid, start: startIdentity(pid) ?? "", container };
  writeFileSync(recordFile(rootDir, pid), JSON.stringify(record), { mode: 0o600 });
}

export function forgetProcess(rootDir: string, pid: number): void {
  rmSync(recordFile(rootDir, pid), { force: true });
}

/**
 * Kills (SIGKILL, whole process groups) what a process node with this root folder left running, and returns
 * the containers it killed as `namespace/pod/container`. Harmless when there is nothing; not for the root
 * folder of a node that runs.
 */
export function cleanLeftovers(rootDir: string): string[] {
  const killed: string[] = [];
  // Without the folder nothing was ever started.
  const files = existsSync(runDirectory(rootDir)) ? readdirSync(runDirectory(rootDir)) : [];
  for (const file of files) {
    const path = join(runDirectory(rootDir), file);
    const { pid, start, container } = readRecord(path) ?? {};
    if (pid !== undefined && start === startIdentity(pid) && signalGroup(pid, "SIGKILL"))
      killed.push(container ?? String(pid));
    rmSync(path, { force: true });
  }
  return killed;
}

function readRecord(path: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessRecord;
  } catch {
    return undefined; // half written when the node was killed
  }
}
