// `npm run local -- preview|up|destroy <stack>`: one operation on one stack, by the engine that was asked for.
import { createInterface } from "node:readline/promises";
import { standingIn } from "../../destroy/embedded.ts";
import { planDestroy } from "../../guard.ts";
import type { SessionOptions } from "../engine/session.ts";
import { stateDir } from "../environment.ts";
import { type PulumiOptions, runPulumi } from "../pulumiCli.ts";

export interface StackCommandOptions extends PulumiOptions, Pick<SessionOptions, "onEvent"> {
  engine: "embedded" | "pulumi";
  /** Destroy without asking; without a terminal to ask at, nothing is asked either. */
  yes?: boolean;
}

/** Runs the operation and shows it on the terminal. Returns the exit code. */
export async function runStackCommand(
  operation: "preview" | "up" | "destroy",
  stack: string,
  { engine, yes, ...options }: StackCommandOptions,
): Promise<number> {
  if (engine === "pulumi") return runPulumi(operation, stack, options);
  const { exitCode, runLocalStack } = await import("../engine/session.ts");
  if (operation === "destroy") {
    const standing = standingIn(stateDir);
    // Throws when other stacks stand on this one. Nothing there is fine: it may be destroyed again.
    if (standing.some((other) => other.stack === stack)) planDestroy(stack, standing);
    if (!yes && process.stdin.isTTY && !(await confirmed(stack))) return 1;
  }
  const result = await runLocalStack({ operation, stack, refresh: options.refresh }, options);
  if (!result.ok || !options.expectNoChanges) return exitCode(result);
  const { same: _same, read: _read, refresh: _refresh, ...changes } = result.counts;
  const needed = Object.entries(changes).map(([op, count]) => `${count} ${op}`);
  if (needed.length === 0) return 0;
  process.stderr.write(`${stack} was expected to need no changes, but needs ${needed.join(", ")}\n`);
  return 1;
}

async function confirmed(stack: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test(await terminal.question(`Destroy everything in ${stack}? [y/N] `));
  } finally {
    terminal.close();
  }
}
