// One writer per stack: a lock file that names its process, and that a dead process cannot hold.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

interface Holder {
  pid: number;
  /** Start time of the process in clock ticks since boot, where the system tells it: a PID alone may be reused. */
  started?: string;
  operation: string;
  since: string;
}

/** Takes the lock or throws, naming who holds it. Returns the function that gives it back. */
export function takeLock(file: string, stack: string, operation: string): () => void {
  const mine: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    operation,
    since: new Date().toISOString(),
  };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        linkSync(draft, file); // fails when the lock exists, and never shows a half-written one
        return () => rmSync(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = readHolder(file);
      if (holder && isAlive(holder)) {
        throw new Error(
          `stack ${stack} is being changed by another process (${holder.operation}, PID ${holder.pid}, since ${holder.since}). ` +
            `Wait for it, or stop it, and try again.`,
        );
      }
      if (!removeStale(file, holder)) break;
    }
    throw new Error(`stack ${stack} is being changed by another process that has just started. Try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a lock that a dead process left; false when somebody else took it over in the meantime. */
function removeStale(file: string, stale: Holder | undefined): boolean {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    const moved = readHolder(aside);
    if (moved?.pid !== stale?.pid || moved?.started !== stale?.started) {
      linkSync(aside, file);
      return false;
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return holder.started === startOf(holder.pid);
}

/** Field 22 of /proc/<pid>/stat; undefined on systems without it. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
