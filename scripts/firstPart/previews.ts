// What `pulumi up` would make of the dev environment, and what it would cost a month: the commands for it, each in a process.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { layers, stackName } from "../../stacks/stackName.ts";

export interface Previewed {
  stack: string;
  /** Resources to create. */
  resources: number;
}

/** USD a month, at the smallest and at the largest scale. */
export type Costs = Record<string, { min: number; max: number }>;

const scripts = join(import.meta.dirname, "..");

async function run(signal: AbortSignal | undefined, ...args: string[]): Promise<string> {
  const [script = "", ...rest] = args;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(scripts, script), ...rest], {
      maxBuffer: 2 ** 26,
      signal,
    });
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const said = stdout.includes("{") ? problemsIn(stdout) : "";
    throw new Error(`${args.join(" ")} failed:\n${(stderr + said).trim() || String(error)}`, {
      cause: error,
    });
  }
}

const problem = z.object({ severity: z.literal("error"), message: z.string() });

/** What the engine's events, a line of JSON each, say of a failure. */
const problemsIn = (events: string): string =>
  events
    .trim()
    .split("\n")
    .map((line) => problem.safeParse(JSON.parse(line)).data?.message)
    .filter((message) => message !== undefined)
    .join("\n");

const end = z.object({ type: z.literal("end"), counts: z.object({ create: z.number().default(0) }) });

/** The stacks of dev, each as soon as it is known. */
export const previewDev = (signal: AbortSignal | undefined): Promise<Previewed>[] =>
  layers.map(async (layer) => {
    const stack = stackName({ layer, env: "dev" });
    const events = await run(signal, "local/main.ts", "preview", stack, "--json");
    const last = end.parse(JSON.parse(events.trim().split("\n").at(-1) ?? ""));
    return { stack, resources: last.counts.create };
  });

const estimate = z.object({ stacks: z.record(z.string(), z.object({ min: z.number(), max: z.number() })) });

export async function costOfDev(signal: AbortSignal | undefined): Promise<Costs> {
  return estimate.parse(JSON.parse(await run(signal, "cost.ts", "dev", "--output", "json"))).stacks;
}
