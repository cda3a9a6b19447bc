// Which failed requests are sent again, and after what wait.
import timers from "node:timers/promises";
import { InputError, rootCause } from "../failures.ts";
import { ApiError, isFaultOfObject, isNotNow } from "./apiError.ts";
import { type KubeRequest, isRead } from "./request.ts";

/**
 * Reads may be repeated at will. A write that was cut off may have been done, so it is repeated only when the server
 * says that it did nothing (429), or when there was no connection at all.
 */
export function isWorthRetrying(request: KubeRequest, error: unknown, attemptNumber: number): boolean {
  const { repeatable = isRead(request) } = request;
  if (error instanceof InputError) return false;
  if (!(error instanceof ApiError)) return repeatable || rootCause(error).includes("ECONNREFUSED");
  if (error.status === 429) return !isNotNow(error);
  if (!repeatable) return false;
  // A token may have been renewed meanwhile; one that is refused twice is refused.
  if (error.status === 401) return attemptNumber === 1;
  return error.status >= 500 && !isFaultOfObject(error);
}

/** As long as `Retry-After` says, 5 s at most. */
export const askedWaitMs = (error: unknown): number =>
  Math.min((error instanceof ApiError && error.retryAfterMs) || 0, 5000);

export async function waitAsAsked(error: unknown, signal: AbortSignal): Promise<void> {
  const ms = askedWaitMs(error);
  if (ms > 0) await timers.setTimeout(ms, undefined, { signal });
}

/** p-retry gives up on every TypeError, and "aborted due to timeout" says little to a person. */
export function clarify(error: unknown): never {
  if (error instanceof TypeError || error instanceof SyntaxError) {
    throw new Error(`unusable answer: ${error.message}`);
  }
  if (error instanceof Error && error.name === "TimeoutError") throw new Error("no answer in time");
  throw error;
}
