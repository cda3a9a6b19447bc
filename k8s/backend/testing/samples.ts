// Samples for tests and benchmarks.
import { Value } from "typebox/value";
import { Sample } from "../src/schemas.ts";

export const buildSample = (changes: Partial<Sample> = {}): Sample => ({
  machine: "m1",
  time: new Date().toISOString(),
  cpu: { utilization: 0.25, cores: 4 },
  memory: { totalBytes: 16 * 2 ** 30, usedBytes: 4 * 2 ** 30 },
  processes: {
    ...{ running: 1, sleeping: 99, stopped: 0, zombie: 0 },
    top: [{ pid: 7, name: "node", state: "running", cpuCores: 0.5, memoryBytes: 2 ** 26 }],
  },
  ...changes,
});

/** One a second, the newest `newest`. */
export const buildSeries = (count: number, newest: number, changes: Partial<Sample> = {}): Sample[] =>
  Array.from({ length: count }, (_, index) =>
    buildSample({ time: new Date(newest - (count - 1 - index) * 1000).toISOString(), ...changes }),
  );

/** Whether the API would take it. */
export const isSample = (value: unknown): boolean => Value.Check(Sample, value);
