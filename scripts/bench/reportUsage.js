// Loaded before a program (node --import): says at its end, in a file, what it took.
// JavaScript, because Node's TypeScript support would count as 15 MB of the program.
import { readFileSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const usage = {
    wallSeconds: performance.now() / 1000,
    cpuSeconds: (user + system) / 1e6 + childrenSeconds(),
    peakMebibytes: peakMebibytes(),
  };
  writeFileSync(process.env["SPOT_BALANCER_BENCH_USAGE"], JSON.stringify(usage));
});

/** CPU of processes that this one has started, and that have ended (cutime and cstime of proc(5), in ticks). */
function childrenSeconds() {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0; // another system
  }
}

/** On Linux `maxRSS` also counts the parent's memory, from before the child ran its own program. */
function peakMebibytes() {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) / 1024;
  } catch {
    // another system
  }
  return process.resourceUsage().maxRSS / 1024;
}
