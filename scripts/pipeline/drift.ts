// What a drift check means: an exit code, and what to do with the issue about it. Pure.
import type { PreviewResult } from "./preview.ts";
import { summarize } from "./preview.ts";
import { previewComment } from "./comment.ts";

/** 0: as recorded; 1: could not be told; 2: something was changed past the programs. */
export function driftExitCode({ failures, steps }: PreviewResult): 0 | 1 | 2 {
  if (failures.length > 0) return 1;
  return steps.length > 0 ? 2 : 0;
}

export const driftTitle = (stack: string) => `Drift in ${stack}`;

export interface OpenIssue {
  number: number;
  title: string;
}

export type IssueAction =
  | { kind: "none" }
  | { kind: "open"; title: string; body: string }
  | { kind: "update"; number: number; body: string }
  | { kind: "close"; number: number; comment: string };

/**
 * @param open issues with the drift label that are open
 * @param where link to the run that found it
 */
export function issueAction(
  result: PreviewResult,
  open: readonly OpenIssue[],
  where: string,
  commit: string,
): IssueAction {
  const code = driftExitCode(result);
  const existing = open.find(({ title }) => title === driftTitle(result.stack));
  if (code === 0) {
    return existing === undefined
      ? { kind: "none" }
      : { kind: "close", number: existing.number, comment: `No drift any more: ${where}` };
  }
  // A check that fails is no news about the stack; the failed run is seen by itself.
  if (code === 1) return { kind: "none" };
  const body = [
    `\`${result.stack}\` is not what its program says (${summarize(result)} to bring it back): ${where}`,
    "",
    "Take the change into the program, or apply the program again (workflow *apply*).",
    "",
    previewComment({ result, commit }),
  ].join("\n");
  return existing === undefined
    ? { kind: "open", title: driftTitle(result.stack), body }
    : { kind: "update", number: existing.number, body };
}
