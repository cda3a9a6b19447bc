// One look at the machine, and what two of them say: utilization and processes between them. Pure.
import type { Process, Processes, Sample } from "../schemas.ts";

/** CPU time of the whole machine since it started, in any unit. */
export interface CpuTimes {
  busy: number;
  total: number;
}

export interface ProcessReading {
  pid: number;
  name: string;
  state: Process["state"];
  /** CPU seconds since it started. */
  cpuSeconds: number;
  memoryBytes: number;
  /** With the PID, what tells it from an earlier one with the same number. */
  startedAt: string;
}

export interface Reading {
  /** ms since 1970 */
  at: number;
  cpu: CpuTimes;
  cores: number;
  memory: { totalBytes: number; usedBytes: number };
  /** Undefined where the system does not tell (anything but Linux). */
  processes: ProcessReading[] | undefined;
}

/** How many processes a sample names. */
const topCount = 20;

/** What happened from `before` to `after`. The sample bears the time of `after`, or `time` when it is given (ms). */
export function sampleOf(machine: string, before: Reading, after: Reading, time = after.at): Sample {
  const total = after.cpu.total - before.cpu.total;
  const busy = after.cpu.busy - before.cpu.busy;
  return {
    machine,
    time: new Date(time).toISOString(),
    cpu: { utilization: total > 0 ? rounded(Math.min(1, Math.max(0, busy / total))) : 0, cores: after.cores },
    memory: after.memory,
    ...(after.processes && { processes: countProcesses(before, after, after.processes) }),
  };
}

function countProcesses(before: Reading, after: Reading, processes: ProcessReading[]): Processes {
  const seconds = (after.at - before.at) / 1000;
  const earlier = new Map(before.processes?.map((one) => [`${one.pid} ${one.startedAt}`, one.cpuSeconds]));
  const counts = { running: 0, sleeping: 0, stopped: 0, zombie: 0 };
  const all = processes.map(({ pid, name, state, cpuSeconds, memoryBytes, startedAt }): Process => {
    counts[state]++;
    // A process that is new since then has used all of its time since then.
    const used = cpuSeconds - (earlier.get(`${pid} ${startedAt}`) ?? 0);
    return {
      pid,
      name,
      state,
      cpuCores: seconds > 0 ? rounded(Math.max(0, used / seconds)) : 0,
      memoryBytes,
    };
  });
  const top = all.sort((a, b) => b.cpuCores - a.cpuCores || b.memoryBytes - a.memoryBytes).slice(0, topCount);
  return { ...counts, top };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
