// `npm run local -- up <stack>`: brings a stack to what its program says.
import { exitCode, runLocalStack, type SessionOptions } from "../engine/session.ts";

export interface UpStackOptions extends SessionOptions {
  refresh?: boolean;
}

/** Returns the exit code. */
export async function upStack(stack: string, options: UpStackOptions = {}): Promise<number> {
  return exitCode(await runLocalStack({ operation: "up", stack, refresh: options.refresh }, options));
}
