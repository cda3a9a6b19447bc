// Loaded first by a program that a test starts, in a run of `npm run mutate`: at its end it notes which faults it has met, for runner.ts.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { INSTRUMENTER_CONSTANTS, type MutantCoverage } from "@stryker-mutator/api/core";

const folder = process.env["MUTATE_REACHED"];
if (folder !== undefined)
  process.once("exit", () => {
    const switches = (globalThis as Record<string, unknown>)[INSTRUMENTER_CONSTANTS.NAMESPACE];
    const { mutantCoverage } = (switches ?? {}) as { mutantCoverage?: MutantCoverage };
    // A program knows no tests: what it reaches is told as what runs while it loads.
    if (mutantCoverage)
      writeFileSync(join(folder, `${process.pid}-${Date.now()}.json`), JSON.stringify(mutantCoverage.static));
  });
// A fault may make it run for ever, and nobody else ends it where the runner was ended itself.
new Worker("setTimeout(() => process.kill(process.pid, 'SIGKILL'), 60_000)", { eval: true }).unref();
