// How long to wait, by the number of failures and by chance.
import assert from "node:assert/strict";
import { backoffMs } from "./backoff.ts";

describe("the wait before another attempt", () => {
  // prettier-ignore
  const cases: [failures: number, chance: number, ms: number][] = [
    [1, 0, 125], [1, 1, 250], [2, 0.5, 375], [3, 0, 500], [6, 1, 8000], [7, 0, 5000], [5000, 1, 10_000],
  ];
  for (const [failures, chance, ms] of cases)
    it(`is ${ms} ms after ${failures} failures, by chance ${chance}`, () =>
      assert.equal(backoffMs(failures, 250, 10_000, () => chance), ms)); // prettier-ignore
});
