// What every part of the fuzz suite shares: seeded inputs for a time, each with its own patience, and what came of them.
import fc from "fast-check";

/** Another seed tries other inputs; the same one the same inputs, as many as the time allows. */
const seed = Number(process.env["FUZZ_SEED"] ?? 20261129);
/** All of it takes about a minute with 1. */
const factor = Number(process.env["FUZZ_TIME"] ?? 1);

/** A single input takes milliseconds. On a machine that is busy with other things this is still none that merely waits. */
const patienceMs = 20_000;

export interface Tally {
  what: string;
  inputs: number;
  slowestMs: number;
}

export const tallies: Tally[] = [];
export const found = { uncaught: 0, hangs: 0 };

class Hang extends Error {
  override name = "Hang";
}

/** As Node has it. Mocha takes it for endless, and deep recursions then spend seconds on their stacks. */
Error.stackTraceLimit = 10;

/** What nobody awaits would end a program; here it is counted, and mocha fails the test. */
process.on("uncaughtExceptionMonitor", () => found.uncaught++);
process.on("unhandledRejection", () => found.uncaught++);

/**
 * Declares a test: tries inputs for so many seconds.
 * @param tryOne fails when something came that must not; what it returns is awaited
 * @param size how many inputs of the kind that is counted are in one
 */
export function fuzz<Input>(
  what: string,
  seconds: number,
  inputs: fc.Arbitrary<Input>,
  tryOne: (input: Input) => unknown,
  size: (input: Input) => number = () => 1,
): void {
  it(what, async function () {
    this.timeout(seconds * factor * 1000 + 6 * patienceMs);
    const tally: Tally = { what, inputs: 0, slowestMs: 0 };
    tallies.push(tally);
    const property = fc.asyncProperty(inputs, async (input) => {
      const start = performance.now();
      await within(patienceMs, tryOne(input));
      const took = performance.now() - start;
      tally.inputs += size(input);
      tally.slowestMs = Math.max(tally.slowestMs, took);
      if (took > patienceMs) hang(took);
    });
    await fc.assert(property, {
      ...{ seed, numRuns: 1_000_000, markInterruptAsFailure: false, maxSkipsPerRun: 10 },
      interruptAfterTimeLimit: seconds * factor * 1000,
    });
    if (tally.inputs < 20) throw new Error(`only ${tally.inputs} inputs were tried in ${seconds} s`);
  });
}

function hang(ms: number): never {
  found.hangs++;
  throw new Hang(`this input took ${Math.round(ms)} ms`);
}

async function within(ms: number, work: unknown): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), ms);
  try {
    if ((await Promise.race([work, promise])) === "late") hang(ms);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `work`, which may end in one of these errors; any other one goes on. */
export async function mayThrow(names: readonly string[], work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Error && names.includes(error.name)) return error.message;
    throw error;
  }
}
