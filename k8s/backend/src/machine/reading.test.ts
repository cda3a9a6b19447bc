import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, cpus, totalmem } from "node:os";
import { type ProcessReading, type Reading, sampleOf } from "./reading.ts";
import { readMachine } from "./readMachine.ts";

const buildProcess = (changes: Partial<ProcessReading> = {}): ProcessReading => ({
  ...{ pid: 7, name: "node", state: "sleeping", cpuSeconds: 10, memoryBytes: 1000, startedAt: "1" },
  ...changes,
});

const buildReading = (changes: Partial<Reading> = {}): Reading => ({
  at: Date.UTC(2026, 10, 21, 12),
  cpu: { busy: 1000, total: 4000 },
  cores: 4,
  memory: { totalBytes: 8000, usedBytes: 3000 },
  processes: [],
  ...changes,
});

describe("two readings of a machine", () => {
  const before = buildReading({ processes: [buildProcess()] });
  const later = (changes: Partial<Reading> = {}): Reading =>
    buildReading({ at: before.at + 2000, cpu: { busy: 1200, total: 4800 }, ...changes });

  it("give the utilization between them", () => {
    const sample = sampleOf("m", before, later());
    assert.equal(sample.cpu.utilization, 0.25);
    assert.equal(sample.time, "2026-11-21T12:00:02.000Z");
    assert.deepEqual(sample.memory, { totalBytes: 8000, usedBytes: 3000 });
  });

  it("give none when no time has passed, and never more than all", () => {
    assert.equal(sampleOf("m", before, later({ cpu: before.cpu })).cpu.utilization, 0);
    const atOnce = sampleOf(
      "m",
      before,
      later({ at: before.at, processes: [buildProcess({ cpuSeconds: 11 })] }),
    );
    assert.equal(atOnce.processes?.top[0]?.cpuCores, 0);
    assert.equal(sampleOf("m", before, later({ cpu: { busy: 1900, total: 4800 } })).cpu.utilization, 1);
  });

  it("give CPU by process, also for new ones and for a PID that was given again", () => {
    const processes = [
      buildProcess({ cpuSeconds: 11 }),
      buildProcess({ pid: 8, cpuSeconds: 3 }),
      buildProcess({ pid: 7, cpuSeconds: 0.2, startedAt: "99", state: "running" }),
    ];
    const found = sampleOf("m", before, later({ processes })).processes!;
    assert.deepEqual(found.top.map(({ cpuCores }) => cpuCores), [1.5, 0.5, 0.1]); // prettier-ignore
    assert.deepEqual({ ...found, top: [] }, { running: 1, sleeping: 2, stopped: 0, zombie: 0, top: [] });
  });

  it("name the twenty busiest, then largest", () => {
    const processes = Array.from({ length: 100 }, (_, index) =>
      buildProcess({ pid: index + 100, cpuSeconds: 0, memoryBytes: index }),
    );
    const { top, sleeping } = sampleOf("m", before, later({ processes })).processes!;
    assert.equal(sleeping, 100);
    assert.deepEqual([top.length, top[0]!.memoryBytes, top[19]!.memoryBytes], [20, 99, 80]);
  });
});

describe("this machine", () => {
  it("is read: this process has the memory that Node says, and the cores that the system has", async function () {
    if (process.platform !== "linux") this.skip();
    const { processes = [], cores, memory } = await readMachine();
    const { memoryBytes = 0 } = processes.find(({ pid }) => pid === process.pid) ?? {};
    assert.equal(new Set(processes.map(({ pid }) => pid)).size, processes.length, "each once");
    const ratio = memoryBytes / process.memoryUsage.rss();
    assert.ok(ratio > 0.6 && ratio < 1.6, `${ratio} of what Node says`);
    assert.equal(cores, cpus().length);
    assert.ok(Math.abs(memory.totalBytes / totalmem() - 1) < 0.01);
  });

  it("is read: a process that works is seen to work", async function () {
    if (process.platform !== "linux") this.skip();
    // Says what it has used of CPU, whenever that is a fifth of a second more.
    const work = "for (let told = 0; ; ) { const { user, system } = process.cpuUsage(); if (user + system - told > 2e5) console.log(told = user + system) }"; // prettier-ignore
    const child = spawn(process.execPath, ["-e", work]);
    try {
      const used = async () =>
        Number(
          String(await once(child.stdout, "data"))
            .split("\n")
            .at(-2),
        ) / 1e6;
      const own = async () => (await readMachine()).processes!.find(({ pid }) => pid === child.pid)!;
      await used();
      const before = await readMachine();
      const least = await used();
      const { name, memoryBytes, cpuSeconds } = await own();
      const most = await used();
      const ticks = 0.02; // of the kernel's clock
      assert.ok(least - ticks <= cpuSeconds && cpuSeconds <= most + ticks, `${least} ${cpuSeconds} ${most}`);
      // Of a busy machine it need not be among the twenty busiest.
      const alone = (reading: Reading) => ({
        ...reading,
        processes: reading.processes!.filter(({ pid }) => pid === child.pid),
      });
      const sample = sampleOf("m", alone(before), alone(await readMachine()));
      assert.equal(name, "node");
      assert.ok(memoryBytes > 2 ** 20);
      assert.ok(sample.cpu.utilization > 0);
      assert.ok(sample.memory.usedBytes < sample.memory.totalBytes);
      assert.ok(sample.processes!.top.some(({ cpuCores }) => cpuCores > 0));
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("is read elsewhere as well, as far as Node knows it", async () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
    const times = () => {
      const each = cpus().map((cpu) => cpu.times);
      const busy = each.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
      return { busy, total: busy + each.reduce((sum, { idle }) => sum + idle, 0) };
    };
    const before = times();
    Object.defineProperty(process, "platform", { ...platform, value: "darwin" });
    try {
      const found = await readMachine(() => 7);
      const after = times();
      const slack = 100; // ms: the kernel's counters of idle time may go back a little
      for (const part of ["busy", "total"] as const)
        assert.ok(before[part] - slack <= found.cpu[part] && found.cpu[part] <= after[part] + slack, part);
      assert.deepEqual([found.at, found.cores, found.processes], [7, availableParallelism(), undefined]);
      const { totalBytes, usedBytes } = found.memory;
      assert.equal(totalBytes, totalmem());
      assert.ok(usedBytes > 0 && usedBytes < totalBytes);
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });
});
