// `npm run local -- destroy <stack>`: deletes everything in a stack, unless other stacks stand on it.
import { createInterface } from "node:readline/promises";
import { standingIn } from "../../destroy/embedded.ts";
import { planDestroy } from "../../guard.ts";
import { stateDir } from "../environment.ts";
import { exitCode, runLocalStack, type SessionOptions } from "../engine/session.ts";

export interface DestroyStackOptions extends SessionOptions {
  refresh?: boolean;
  /** Do not ask; without a terminal to ask at, nothing is asked either. */
  yes?: boolean;
}

/** Returns the exit code. */
export async function destroyStack(stack: string, options: DestroyStackOptions = {}): Promise<number> {
  const standing = standingIn(stateDir);
  // Throws when other stacks stand on this one. Nothing there is fine: it may be destroyed again.
  if (standing.some((other) => other.stack === stack)) planDestroy(stack, standing);
  if (!options.yes && process.stdin.isTTY && !(await confirmed(stack))) return 1;
  return exitCode(await runLocalStack({ operation: "destroy", stack, refresh: options.refresh }, options));
}

async function confirmed(stack: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test(await terminal.question(`Destroy everything in ${stack}? [y/N] `));
  } finally {
    terminal.close();
  }
}
