// Prints what the fuzz suite tried, and what came of it, after its last test (a root hook of mocha).
import { found, tallies } from "./harness.ts";

export const mochaHooks = {
  afterAll(): void {
    const lines = tallies.map(
      ({ what, inputs, slowestMs }) =>
        `    ${String(inputs).padStart(8)}  ${what}; the slowest took ${Math.round(slowestMs)} ms`,
    );
    const all = tallies.reduce((sum, { inputs }) => sum + inputs, 0);
    const peak = Math.round(process.resourceUsage().maxRSS / 1024); // KiB on every system (Node's documentation)
    const { uncaught, hangs } = found;
    console.log(
      [
        "",
        ...lines,
        `  ${all} inputs tried, ${uncaught} uncaught errors, ${hangs} hangs, peak memory ${peak} MiB`,
      ].join("\n"),
    );
  },
};
