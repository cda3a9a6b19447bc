// Address ranges: what is one, what lies inside, what overlaps.
import assert from "node:assert/strict";
import fc from "fast-check";
import { addressAt, contains, isAddress, isRange, overlaps, sizeOf, span } from "./addresses.ts";

describe("address ranges", () => {
  it("knows ranges from what only looks like one", () => {
    for (const range of ["10.0.0.0/8", "0.0.0.0/0", "192.168.1.128/25", "10.1.2.3/32"])
      assert.ok(isRange(range), range);
    for (const text of [
      "10.0.0.0",
      "10.0.0.0/33",
      "10.0.0.256/24",
      "10.0.0/24",
      "10.0.0.1/24",
      "10.00.0.0/16",
      "a/8",
      "",
    ]) {
      assert.ok(!isRange(text), text);
    }
    assert.ok(isAddress("203.0.113.7") && !isAddress("203.0.113") && !isAddress("203.0.113.300"));
  });

  it("compares ranges", () => {
    assert.ok(contains("10.0.0.0/16", "10.0.4.0/28"));
    assert.ok(!contains("10.0.0.0/16", "10.1.0.0/28"));
    assert.ok(!contains("10.0.4.0/28", "10.0.0.0/16"));
    assert.ok(overlaps("10.0.0.0/16", "10.0.4.0/28") && overlaps("10.0.4.0/28", "10.0.0.0/16"));
    assert.ok(!overlaps("10.0.0.0/24", "10.0.1.0/24"));
    assert.ok(overlaps("10.0.0.3/32", "10.0.0.0/30") && overlaps("10.0.0.3/32", "10.0.0.3/32"));
    for (const [one, other] of [
      ["10.0.0.0/8", "what"],
      ["what", "10.0.0.0/8"],
    ] as const)
      assert.ok(!contains(one, other) && !overlaps(one, other));
  });

  it("counts addresses", () => {
    assert.equal(sizeOf("10.0.0.0/28"), 16);
    assert.equal(sizeOf("0.0.0.0/0"), 2 ** 32);
    assert.equal(span("10.0.0.1", "10.0.0.4"), 4);
    assert.ok(span("10.0.0.4", "10.0.0.1") < 1);
    assert.deepEqual([span("10.0.0.1", "what"), span("what", "10.0.0.1")], [0, 0]);
    assert.equal(addressAt("10.20.0.0/16", 10), "10.20.0.10");
    assert.equal(addressAt("10.20.254.0/23", 0x103), "10.20.255.3");
    assert.throws(() => addressAt("10.20.0.0/32", 1), /no address 1 in 10\.20\.0\.0\/32/);
    assert.throws(() => addressAt("what", 0), /no address 0 in what/);
  });

  it("holds for any two ranges: containing is overlapping, and overlapping is mutual", () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 255 }))
      .map(([bits, octet]) => {
        const size = 2 ** (32 - bits);
        const first = Math.floor((octet * 2 ** 24) / size) * size;
        return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${bits}`;
      });
    fc.assert(
      fc.property(range, range, (one, other) => {
        assert.equal(overlaps(one, other), overlaps(other, one));
        if (contains(one, other)) assert.ok(overlaps(one, other));
        // Ranges with a prefix are never half inside one another.
        if (overlaps(one, other)) assert.ok(contains(one, other) || contains(other, one));
      }),
    );
  });
});
