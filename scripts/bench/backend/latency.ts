// Latencies of one request after the other.

/** In ms; the first ones, which find nothing prepared, do not count. */
export async function p99(
  times: number,
  request: (index: number) => Promise<unknown>,
  now: () => number = () => performance.now(),
): Promise<number> {
  const unprepared = 3;
  const taken: number[] = [];
  for (let index = 0; index < times + unprepared; index++) {
    const start = now();
    await request(index);
    if (index >= unprepared) taken.push(now() - start);
  }
  return at(taken, 0.99);
}

/** The value below which the part `part` of all lies. */
export function at(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(part * sorted.length) - 1]!;
}
