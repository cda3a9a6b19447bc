// What process groups really use: CPU seconds and resident memory from Linux' /proc.
import { readFile, readdir } from "node:fs/promises";
import { statFields } from "../processes/processIdentity.ts";

export interface Usage {
  /** CPU time since the start, in seconds, user and system. */
  cpuSeconds: number;
  /** Resident memory, in bytes; pages shared by two processes count twice. */
  memoryBytes: number;
}

/** Clock ticks per second in /proc: 100 on every Linux architecture that Node runs on. */
const ticksPerSecond = 100;

/** Group and CPU seconds of a process from the text of /proc/<pid>/stat. Pure. */
export function parseStat(stat: string): { group: number; cpuSeconds: number } {
  const fields = statFields(stat);
  // Fields 14–17: own user and system time, and that of children it waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { group: Number(fields[2]), cpuSeconds: ticks / ticksPerSecond };
}

/** Resident bytes from the text of /proc/<pid>/status. Pure. */
export const parseResident = (status: string): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;

/** Usage by process group, for the groups asked for that are there. */
export async function groupUsage(groups: ReadonlySet<number>, proc = "/proc"): Promise<Map<number, Usage>> {
  const usage = new Map<number, Usage>();
  const entries = await readdir(proc).catch(() => []);
  for (const pid of entries.filter((entry) => /^\d+$/.test(entry)))
    try {
      const { group, cpuSeconds } = parseStat(await readFile(`${proc}/${pid}/stat`, "utf8"));
      if (!groups.has(group)) continue;
      const memoryBytes = parseResident(await readFile(`${proc}/${pid}/status`, "utf8"));
      const sum = usage.get(group) ?? { cpuSeconds: 0, memoryBytes: 0 };
      usage.set(group, {
        cpuSeconds: sum.cpuSeconds + cpuSeconds,
        memoryBytes: sum.memoryBytes + memoryBytes,
      });
    } catch {
      // The process ended between the listing and the reading.
    }
  return usage;
}
