// The columns that the charts draw: history first, then what the feed brings, for a limited time.
import type { History, Sample } from "./api.ts";

export interface Columns {
  /** Seconds since 1970, rising. */
  times: number[];
  /** Utilization of all cores, 0…1. */
  cpu: number[];
  /** Bytes in use. */
  memory: number[];
}

export const emptyColumns: Columns = { times: [], cpu: [], memory: [] };

export function fromHistory({ points }: Pick<History, "points">): Columns {
  return {
    times: points.map(({ time }) => Date.parse(time) / 1000),
    cpu: points.map(({ cpuUtilization }) => cpuUtilization),
    memory: points.map(({ memoryUsedBytes }) => memoryUsedBytes),
  };
}

/** The past, and of what is known already what is newer. */
export function join(past: Columns, known: Columns): Columns {
  const from = known.times.findIndex((time) => time > (past.times.at(-1) ?? -Infinity));
  const newer = <Value>(values: Value[]) => (from === -1 ? [] : values.slice(from));
  return {
    times: [...past.times, ...newer(known.times)],
    cpu: [...past.cpu, ...newer(known.cpu)],
    memory: [...past.memory, ...newer(known.memory)],
  };
}

/** With one sample more, without those older than `seconds` before it; a sample out of order changes nothing. */
export function append(columns: Columns, sample: Sample, seconds: number): Columns {
  const time = Date.parse(sample.time) / 1000;
  if (time <= (columns.times.at(-1) ?? -Infinity)) return columns;
  const first = columns.times.findIndex((other) => other >= time - seconds);
  const kept = <Value>(values: Value[]) => (first === -1 ? [] : values.slice(first));
  return {
    times: [...kept(columns.times), time],
    cpu: [...kept(columns.cpu), sample.cpu.utilization],
    memory: [...kept(columns.memory), sample.memory.usedBytes],
  };
}
