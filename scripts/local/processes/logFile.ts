// Logs of components: one file each, the last run's beside it, and the end of it for reports.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync } from "node:fs";
import { dirname } from "node:path";

/** Opens a new log (0600); the previous one becomes `<file>.1`. Returns the file descriptor. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) renameSync(file, `${file}.1`);
  return openSync(file, "a", 0o600);
}

const tailBytes = 64 * 1024;

/**
 * The end of a log, at most `lines` lines. When a Go program panicked, the lines from the panic on,
 * because what follows them is only a dump of its goroutines. Empty when there is no log.
 */
export function logTail(file: string, lines = 12): string {
  const all = readEnd(file).trimEnd().split("\n");
  const panic = all.findLastIndex((line) => /^(panic|fatal error): /.test(line));
  return (panic >= 0 ? all.slice(panic, panic + lines) : all.slice(-lines)).join("\n");
}

function readEnd(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const read = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8", 0, read);
  } finally {
    closeSync(descriptor);
  }
}
