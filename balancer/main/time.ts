// How long something may take: its deadline, what ends it before, and the grace for a write that is under way then.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { UnreachableError } from "../failures.ts";

/** After the deadline, or a signal, a write that is under way gets this long to end. */
const graceMs = 10_000;

export interface Time {
  /** Nothing further is begun once it is aborted. */
  stop: AbortSignal;
  /** Ends what is under way. */
  cut: AbortSignal;
}

export interface TimeLimits {
  /** For people: `round`. */
  what: string;
  /** Seconds. */
  deadline: number;
  /** Ends it before. */
  ending: AbortSignal;
}

export async function withinTime<Result>(
  { what, deadline, ending }: TimeLimits,
  run: (time: Time) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const cut = new AbortController();
  const end = (reason: unknown) => {
    stop.abort(reason);
    setTimeout(() => cut.abort(reason), graceMs).unref();
  };
  const timeout = setTimeout(
    () => end(new UnreachableError(`The ${what} was not finished within ${deadline} s (--deadline)`)),
    deadline * 1000,
  ).unref();
  const onEnding = () => end(ending.reason);
  if (ending.aborted) onEnding();
  ending.addEventListener("abort", onEnding, { once: true });
  try {
    return await run({ stop: stop.signal, cut: cut.signal });
  } finally {
    clearTimeout(timeout);
    ending.removeEventListener("abort", onEnding);
    // Requests that were left behind must not keep the process.
    cut.abort();
  }
}

/** Who holds the Lease: differs between any two runs. */
export const newIdentity = (): string => `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
