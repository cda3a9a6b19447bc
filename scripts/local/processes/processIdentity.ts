// Tells a running process from a later one that got the same PID, also after a restart of the machine.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A PID alone is recycled by the system; together with when its process started it is not. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque: when the process started, and the boot of the machine that the time counts from. */
  started: string;
}

/** The process that has this PID now, or undefined when none has (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/**
 * Sends SIGTERM, waits `graceMs`, then sends SIGKILL, and returns when the process is gone.
 * Does nothing when the PID belongs to another process by now. `group`: the whole process group that it leads.
 */
export async function terminate(identity: ProcessIdentity, graceMs: number, group = false): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isAlive(identity)) return;
    sendSignal(group ? -identity.pid : identity.pid, signal);
    const deadline = Date.now() + (signal === "SIGTERM" ? graceMs : 5_000);
    while (isAlive(identity) && Date.now() < deadline) await delay(20);
  }
}

/** One that is gone meanwhile gets none. @param target a PID, or a negative one for its whole process group */
export function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

let bootId: string | undefined;

function startOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const fields = statFields(stat);
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${bootId}/${fields[19]}`; // in clock ticks
}

/**
 * What stands in /proc/<pid>/stat from the third field on, the state: the second is the name in parentheses and may contain
 * anything, so its end is looked for (proc_pid_stat(5)).
 */
export const statFields = (stat: string): string[] => stat.slice(stat.lastIndexOf(")") + 2).split(" ");
