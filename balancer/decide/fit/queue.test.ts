import assert from "node:assert/strict";
import { Queue } from "./queue.ts";

describe("a priority queue", () => {
  /** The same in every run, in no order. */
  const numbers = Array.from({ length: 60 }, (_, i) => (i * 37) % 61);

  for (const size of [0, 1, 2, 3, 4, 7, 60])
    it(`of ${size} gives the best first, with what came later`, () => {
      const [first, later] = [numbers.slice(0, size), numbers.slice(size, size + 5)];
      const queue = new Queue([...first], (a, b) => a < b);
      const best = queue.pop();
      assert.equal(best, first.length > 0 ? Math.min(...first) : undefined);
      for (const number of later) queue.push(number);
      const rest: number[] = [];
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) rest.push(next);
      assert.deepEqual(rest, [...first, ...later].filter((number) => number !== best).sort((a, b) => a - b)); // prettier-ignore
    });
});
