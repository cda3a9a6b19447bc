// The text of Linux' /proc files. Pure. Fields: https://man7.org/linux/man-pages/man5/proc.5.html
import type { Process } from "../schemas.ts";
import type { CpuTimes, ProcessReading } from "./reading.ts";

/** `/proc/stat`, first line: user nice system idle iowait irq softirq steal …; guest time is in user already. */
export function parseCpuTimes(stat: string): CpuTimes {
  const [name, ...fields] = stat.slice(0, stat.indexOf("\n")).trim().split(/\s+/);
  const times = fields.slice(0, 8).map(Number);
  const [, , , idle = NaN, waiting = 0] = times;
  const total = times.reduce((sum, time) => sum + time, 0);
  if (name !== "cpu" || !Number.isFinite(total - idle)) {
    throw new Error(`expected "cpu" and numbers in the first line of /proc/stat, got "${stat.slice(0, 80)}"`);
  }
  return { busy: total - idle - waiting, total };
}

/** `/proc/meminfo`; used is what is not available to a new program without swapping. */
export function parseMemory(meminfo: string): { totalBytes: number; usedBytes: number } {
  const field = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(meminfo)?.[1];
    if (found === undefined) throw new Error(`expected a line "${name}: … kB" in /proc/meminfo`);
    return Number(found) * 1024;
  };
  const totalBytes = field("MemTotal");
  return { totalBytes, usedBytes: totalBytes - field("MemAvailable") };
}

/** R runs or would; S, D and I sleep; T and t are stopped; Z and X are dead, and not cleared away. */
const states: Record<string, Process["state"]> = {
  ...{ R: "running", S: "sleeping", D: "sleeping", I: "sleeping" },
  ...{ T: "stopped", t: "stopped", Z: "zombie", X: "zombie", x: "zombie" },
};

/** In these units Linux counts CPU time for programs, on every architecture that Node runs on (USER_HZ). */
const ticksPerSecond = 100;

/**
 * `/proc/<pid>/stat`; the name in parentheses may hold anything, parentheses as well.
 * @param pageBytes size of a page of memory
 */
export function parseProcess(stat: string, pageBytes: number): ProcessReading {
  const opening = stat.indexOf("(");
  const closing = stat.lastIndexOf(")");
  const rest = stat.slice(closing + 2).split(" ");
  const [state = "", ...fields] = rest;
  return {
    pid: Number(stat.slice(0, opening)),
    name: stat.slice(opening + 1, closing).replace(/[^ -~]/g, "?") || "?",
    state: states[state] ?? "sleeping",
    cpuSeconds: (Number(fields[10]) + Number(fields[11])) / ticksPerSecond, // utime, stime
    memoryBytes: Math.max(0, Number(fields[20])) * pageBytes, // rss
    startedAt: fields[18] ?? "", // starttime
  };
}
