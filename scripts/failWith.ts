// How a script ends that failed: what was wrong, without a stack, and an exit code.
import { InputError, UnreachableError, exitCodes } from "../balancer/failures.ts";

export const failWith =
  (code: number) =>
  (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = code;
  };

/** By the kind of error, as the balancer ends; commander has said already what is wrong with a flag. */
export function failByKind(error: unknown): void {
  const { code, exitCode } = error as { code?: string; exitCode?: number };
  if (code?.startsWith("commander.")) {
    process.exitCode = exitCode === 0 ? exitCodes.done : exitCodes.badInput;
  } else if (error instanceof InputError) failWith(exitCodes.badInput)(error);
  else if (error instanceof UnreachableError) failWith(exitCodes.unreachable)(error);
  else failWith(exitCodes.unexpected)((error as Error).stack);
}
