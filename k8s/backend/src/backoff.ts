// How long to wait before the next attempt.

/**
 * Doubles from `first` to `most` milliseconds with the number of failures so far (1, 2, …), half of it by chance, so
 * that many replicas do not come back at the same moment.
 */
export function backoffMs(failures: number, first: number, most: number, random: () => number): number {
  const whole = Math.min(most, first * 2 ** Math.min(failures - 1, 30));
  return whole / 2 + (whole / 2) * random();
}
