// The errors that end a round, and the exit code that each kind stands for.

/** Something the person who started the round has to correct: a flag, a file, the policy. Exit code 2. */
export class InputError extends Error {
  override name = "InputError";
}

/** The cluster or Prometheus cannot be reached, or does not let us in. Exit code 3. */
export class UnreachableError extends Error {
  override name = "UnreachableError";
}

/** Another balancer may act by now, so this one wrote nothing more. */
export class LeaseLostError extends Error {
  override name = "LeaseLostError";
  override message = "the Lease was lost, so another balancer may act";
}

export const exitCodes = { done: 0, unexpected: 1, badInput: 2, unreachable: 3, belowThreshold: 4 } as const;

/** The innermost cause in words: `connect ECONNREFUSED 127.0.0.1:9090` instead of `fetch failed`. */
export function rootCause(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error) {
    const next: unknown = deepest instanceof AggregateError ? deepest.errors[0] : deepest.cause;
    if (!(next instanceof Error)) break;
    deepest = next;
  }
  if (!(deepest instanceof Error)) return String(deepest);
  return deepest.message || deepest.name;
}
