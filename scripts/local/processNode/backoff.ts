// How long to wait before a container is started again. Pure.

export interface BackoffPolicy {
  /** Milliseconds before the second restart; the first one comes at once. */
  initialMs: number;
  /** No wait is longer. */
  maxMs: number;
  /** A run of at least this long counts as healthy: the waits begin anew. */
  resetAfterMs: number;
}

/** The kubelet's own numbers. */
export const kubeletBackoff: BackoffPolicy = { initialMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000 };

/**
 * The wait before the next start, in milliseconds: 0, then initial, doubled each time up to the maximum.
 * `before` is the wait before the run that just ended (undefined: it was the first), `ranMs` how long that took.
 */
export function nextBackoff(policy: BackoffPolicy, before: number | undefined, ranMs: number): number {
  if (before === undefined || ranMs >= policy.resetAfterMs) return 0;
  return before === 0 ? policy.initialMs : Math.min(before * 2, policy.maxMs);
}
