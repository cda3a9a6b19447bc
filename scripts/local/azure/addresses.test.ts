// Address arithmetic by example and by property.
import assert from "node:assert/strict";
import fc from "fast-check";
import { contains, overlap, parseAddress, parseRange } from "./addresses.ts";

const toText = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
const ranges = fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => {
  const size = 2 ** (32 - bits);
  return parseRange(`${toText(Math.floor(address / size) * size)}/${bits}`)!;
});

describe("IPv4 ranges", () => {
  it("reads addresses and ranges, and refuses what is none", () => {
    assert.equal(parseAddress("10.0.0.1"), 10 * 2 ** 24 + 1);
    for (const text of ["10.0.0", "10.0.0.256", "10.0.0.01", "a.b.c.d", "10.0.0.1/8", ""]) {
      assert.equal(parseAddress(text), undefined, text);
    }
    for (const text of ["10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/24/1", "fd00::/8"]) {
      assert.equal(parseRange(text), undefined, text);
    }
  });

  it("two ranges overlap exactly when one contains the other", () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        assert.equal(overlap(a, b), contains(a, b) || contains(b, a));
      }),
    );
  });

  it("a range contains itself, and its own text reads as itself", () => {
    fc.assert(
      fc.property(ranges, (range) => {
        assert.ok(contains(range, range));
        assert.deepEqual(parseRange(range.text), range);
        assert.equal(range.last - range.first + 1, 2 ** (32 - range.bits));
      }),
    );
  });
});
