// PID files: which processes belong to an environment, so that they can be found when their supervisor died.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { identify, isAlive, terminate, type ProcessIdentity } from "./processIdentity.ts";

export interface PidRecord extends ProcessIdentity {
  /** The process leads a process group, which goes with it. */
  group?: boolean;
}

const pidFile = (runDir: string, name: string): string => join(runDir, `${name}.pid`);

/** Notes a process that was just started under `<runDir>/<name>.pid`; `name` is unique and fit for a file name. */
export function writePidFile(
  runDir: string,
  name: string,
  pid: number,
  options: { group?: boolean } = {},
): void {
  const identity = identify(pid);
  if (!identity) return; // it is gone already, so there is nothing that could be left over
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  writeFileSync(pidFile(runDir, name), JSON.stringify({ ...identity, ...options }) + "\n", { mode: 0o600 });
}

export function removePidFile(runDir: string, name: string): void {
  rmSync(pidFile(runDir, name), { force: true });
}

/** The process noted under this name, if it still runs. */
export function readPidFile(runDir: string, name: string): PidRecord | undefined {
  const record = parsePidRecord(pidFile(runDir, name));
  return record && isAlive(record) ? record : undefined;
}

/**
 * Stops every process that a PID file in `runDir` names and that still is the same process, and removes the files;
 * `except` is left alone. Returns the names of those that were running.
 */
export async function stopLeftovers(
  runDir: string,
  { graceMs = 5_000, except = "" }: { graceMs?: number; except?: string } = {},
): Promise<string[]> {
  const names = pidNames(runDir).filter((name) => name !== except);
  const running = await Promise.all(
    names.map(async (name) => {
      const record = readPidFile(runDir, name);
      if (record) await terminate(record, graceMs, record.group);
      removePidFile(runDir, name);
      return record && name;
    }),
  );
  return running.filter((name) => name !== undefined);
}

function pidNames(runDir: string): string[] {
  try {
    return readdirSync(runDir)
      .filter((file) => file.endsWith(".pid"))
      .map((file) => basename(file, ".pid"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Reads a PID file; one that cannot be read (cut off by a full disk, say) names nobody. */
export function parsePidRecord(file: string): PidRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file, "utf8")) as Partial<PidRecord> | null;
    if (record === null || !Number.isSafeInteger(record.pid) || record.pid! <= 1) return undefined;
    return typeof record.started === "string" ? (record as PidRecord) : undefined;
  } catch {
    return undefined;
  }
}
