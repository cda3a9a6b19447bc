// What went wrong at the bottom of an error.

/** One line for people; of several attempts the first. */
export function rootCause(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined) return rootCause(error.cause);
  return error instanceof Error ? error.message : String(error);
}
