// Reads the machine: /proc on Linux, what Node itself knows elsewhere.
//
// Not the package systeminformation: it starts `ps` for each look at the processes, in a spelling that Alpine's does not
// know. Read from /proc, a look costs no process, and works in an image that has nothing but Node.
import { readFile, readdir } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { basename } from "node:path";
import { parseCpuTimes, parseMemory, parseProcess } from "./proc.ts";
import type { ProcessReading, Reading } from "./reading.ts";

export async function readMachine(now: () => number = Date.now): Promise<Reading> {
  return process.platform === "linux" ? readLinux(now) : readElsewhere(now);
}

async function readLinux(now: () => number): Promise<Reading> {
  const [stat, meminfo, folders] = await Promise.all([
    readFile("/proc/stat", "utf8"),
    readFile("/proc/meminfo", "utf8"),
    readdir("/proc"),
  ]);
  const at = now();
  const processes: ProcessReading[] = [];
  // In turns: thousands of files at once would take all of Node's file threads from everybody else.
  const pids = folders.filter((name) => /^\d+$/.test(name));
  for (let first = 0; first < pids.length; first += 32) {
    const texts = await Promise.all(pids.slice(first, first + 32).map(readProcess));
    for (const text of texts) {
      if (text !== undefined) processes.push(await withProgramName(parseProcess(text, pageBytes)));
    }
  }
  return { at, cpu: parseCpuTimes(stat), cores: coresOf(stat), memory: parseMemory(meminfo), processes };
}

/** 4 KiB on x86-64, and on the arm64 kernels that AKS runs. */
const pageBytes = 4096;

const coresOf = (stat: string): number => Math.max(1, stat.match(/^cpu\d+ /gm)?.length ?? 0);

/** Undefined: it has ended meanwhile. */
const readProcess = (pid: string): Promise<string | undefined> =>
  readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);

/** Node names its main thread, and so the process, "MainThread": then the program's file says more. Never its arguments. */
async function withProgramName(found: ProcessReading): Promise<ProcessReading> {
  if (found.name !== "MainThread") return found;
  const commandLine = await readFile(`/proc/${found.pid}/cmdline`, "utf8").catch(() => "");
  const program = basename(commandLine.split("\0", 1)[0]!)
    .replace(/[^ -~]/g, "?")
    .slice(0, 64);
  return { ...found, name: program || found.name };
}

function readElsewhere(now: () => number): Promise<Reading> {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (pick: (one: (typeof times)[number]) => number): number =>
    times.reduce((total, one) => total + pick(one), 0);
  const idle = sum((one) => one.idle);
  const busy = sum((one) => one.user + one.nice + one.sys + one.irq);
  return Promise.resolve({
    at: now(),
    cpu: { busy, total: busy + idle },
    cores: availableParallelism(),
    memory: { totalBytes: totalmem(), usedBytes: totalmem() - freemem() },
    processes: undefined,
  });
}
