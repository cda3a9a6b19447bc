// Keeps one core busy for a while, in a thread of its own, so that requests and probes are still answered.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Plain JavaScript, since it has no file of its own once everything is bundled into one. */
const work = `
const { parentPort, workerData } = require("node:worker_threads");
const start = performance.now();
let iterations = 0;
let value = 1;
do {
  for (let step = 0; step < 100000; step++) value = (value * 1103515245 + 12345) % 2147483648;
  iterations += 100000;
} while (performance.now() - start < workerData * 1000);
parentPort.postMessage({ iterations, elapsed: (performance.now() - start) / 1000, value });
`;

export interface CpuTest {
  iterations: number;
  /** Seconds. */
  elapsed: number;
}

export async function cpuTest(seconds: number): Promise<CpuTest> {
  const worker = new Worker(work, {
    eval: true,
    workerData: seconds,
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  try {
    const [result] = (await once(worker, "message")) as [CpuTest];
    return { iterations: result.iterations, elapsed: result.elapsed };
  } finally {
    await worker.terminate();
  }
}
