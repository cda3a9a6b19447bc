import assert from "node:assert/strict";
import { parseCpuTimes, parseMemory, parseProcess } from "./proc.ts";

describe("the files of /proc", () => {
  it("tell busy CPU time: neither idle nor waiting for a disk, guests counted once", () => {
    const stat = "cpu  100 20 30 800 50 3 7 10 90 5\ncpu0 1 2 3\n";
    assert.deepEqual(parseCpuTimes(stat), { busy: 170, total: 1020 });
  });

  it("are refused when they are not what they should be", () => {
    for (const stat of [
      "intr 1 2\n",
      "cpu0 100 20 30 800 50 3 7 10\n",
      "cpu 100 20 x 800 50 3 7 10\n",
      "cpu 1 2 3\n",
      "",
    ])
      assert.throws(() => parseCpuTimes(stat), /expected "cpu" and numbers/, stat);
    assert.throws(() => parseMemory("MemTotal: 5 kB\n"), /MemAvailable/);
  });

  it("tell used memory as what a new program could not get", () => {
    const meminfo = "MemTotal:       16000 kB\nMemFree:  100 kB\nMemAvailable:    6000 kB\n";
    assert.deepEqual(parseMemory(meminfo), { totalBytes: 16_384_000, usedBytes: 10_240_000 });
  });

  const stat = (name: string, state: string) =>
    `4242 (${name}) ${state} 1 4242 4242 0 -1 4194560 500 0 0 0 150 50 0 0 20 0 11 0 98765 1000000 256 18446744073709551615`;

  for (const [name, shown] of [
    ["node", "node"],
    ["a) R 1 (b", "a) R 1 (b"],
    ["näme\n", "n?me?"],
    ["", "?"],
  ] as const) {
    it(`tell a process with the name ${JSON.stringify(name)}`, () => {
      assert.deepEqual(parseProcess(stat(name, "S"), 4096), {
        ...{ pid: 4242, name: shown, state: "sleeping", cpuSeconds: 2 },
        ...{ memoryBytes: 1_048_576, startedAt: "98765" },
      });
    });
  }

  it("tell four kinds of states", () => {
    const kinds = ["R", "S", "D", "I", "T", "t", "Z", "X", "x", "K"].map(
      (one) => parseProcess(stat("p", one), 1).state,
    );
    const [running, ...others] = kinds;
    assert.equal(running, "running");
    assert.deepEqual(others, ["sleeping", "sleeping", "sleeping", "stopped", "stopped", "zombie", "zombie", "zombie", "sleeping"]); // prettier-ignore
  });
});
