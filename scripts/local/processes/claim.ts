// A file that at most one live process holds at a time: for a lock, or to be the only supervisor of an environment.
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identify, isAlive, type ProcessIdentity } from "./processIdentity.ts";
import { parsePidRecord } from "./pidFile.ts";

/**
 * Takes the file for this process, also from a process that died without giving it back.
 * Returns undefined on success, else the process that holds it.
 */
export function claim(file: string): ProcessIdentity | undefined {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  const aside = `${file}.${process.pid}.stale`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)) + "\n", { mode: 0o600 });
  try {
    for (;;) {
      // A hard link appears at once and with its content, unlike a file that is created and then written.
      if (ifAbsent(() => linkSync(draft, file))) return undefined;
      const holder = parsePidRecord(file);
      if (holder && isAlive(holder)) return holder;
      if (!move(file, aside)) continue;
      const moved = parsePidRecord(aside);
      // Somebody else may have replaced the stale file between the look and the move: then it goes back.
      if (moved && isAlive(moved)) ifAbsent(() => linkSync(aside, file));
      rmSync(aside, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Takes the file once its holder has given it back. @param told gets the holder's PID, once, where there is one */
export async function claimInTurn(
  file: string,
  told: (pid: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let waits = false; ; waits = true) {
    const holder = claim(file);
    if (!holder) return;
    if (!waits) told(holder.pid);
    await delay(100, undefined, { signal });
  }
}

/** Gives back what `claim` took. */
export function release(file: string): void {
  if (parsePidRecord(file)?.pid === process.pid) rmSync(file, { force: true });
}

function ifAbsent(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function move(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
