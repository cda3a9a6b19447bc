// The ways in which one write can end, in words that log, Event and metric share.
import { LeaseLostError, UnreachableError } from "../failures.ts";
import { ApiError, isForbidden } from "../kube/apiError.ts";
import type { Outcome } from "../model.ts";

/** An Outcome without its move and time. */
export type Answer = Pick<Outcome, "result" | "reason" | "message">;

export const done = (reason: string, message: string): Answer => ({ result: "Done", reason, message });

export const skipped = (reason: string, message: string): Answer => ({ result: "Skipped", reason, message });

/** The cluster is not any more what the plan was made for; the next round will see. */
export const changed = (message: string): Answer => skipped("Changed", message);

/** An error that is not the cluster's normal way to say no. */
export function failed(error: unknown): Answer {
  if (error instanceof LeaseLostError) return skipped("LeaseLost", error.message);
  const message = error instanceof Error ? error.message : String(error);
  return { result: "Failed", reason: failureReason(error), message };
}

function failureReason(error: unknown): string {
  if (error instanceof UnreachableError) return "Unreachable";
  if (!(error instanceof ApiError)) return "Unexpected";
  if (isForbidden(error)) return "Forbidden";
  if (error.status === 429) return "TooManyRequests";
  // Validation, an admission webhook, a quota: the object as we would have it is not wanted.
  return "Rejected";
}
