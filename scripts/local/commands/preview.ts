// `npm run local -- preview <stack>`: what an update would do. Nothing is written.
import type { Op } from "../engine/runStack.ts";
import { exitCode, runLocalStack, type SessionOptions } from "../engine/session.ts";

export interface PreviewOptions extends SessionOptions {
  /** Compare with what is there first, so that changes made by others show. */
  refresh?: boolean;
  /** Exit with 1 when anything would change: for drift detection. */
  expectNoChanges?: boolean;
}

const unchanged: readonly Op[] = ["same", "read", "refresh"];

/** Returns the exit code. */
export async function preview(stack: string, options: PreviewOptions = {}): Promise<number> {
  const result = await runLocalStack(
    { operation: "preview", stack, refresh: options.refresh, missingStacks: "assume" },
    options,
  );
  if (!result.ok || !options.expectNoChanges) return exitCode(result);
  const changes = Object.entries(result.counts).filter(([op]) => !unchanged.includes(op as Op));
  if (!changes.length) return 0;
  process.stderr.write(
    `${stack} was expected to need no changes, but needs ${changes.map(([op, n]) => `${n} ${op}`).join(", ")}\n`,
  );
  return 1;
}
