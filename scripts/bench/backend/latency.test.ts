import assert from "node:assert/strict";
import fc from "fast-check";
import { at, p99 } from "./latency.ts";

describe("latencies of the backend's bench", () => {
  it("are told by the smallest value that the asked part of all does not exceed", () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 100 });
    const parts = fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1);
    fc.assert(
      fc.property(values, parts, (all, part) => {
        const found = at(all, part);
        const upTo = (limit: number) => all.filter((value) => value <= limit).length;
        assert.ok(
          all.includes(found) && upTo(found) >= part * all.length && upTo(found - 1) < part * all.length,
        );
      }),
    );
  });

  it("leave out the first requests, which find nothing prepared", async () => {
    let now = 0;
    const request = (index: number) => Promise.resolve((now += index < 3 ? 1000 : index));
    assert.equal(await p99(10, request, () => now), 12);
  });
});
