import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCpu, parseMemory } from "./quantity.ts";

describe("quantities", () => {
  const cpu: [string, number][] = [
    ["100m", 100],
    ["0.1", 100],
    ["2", 2000],
    [".5", 500],
    ["5.", 5000],
    ["1e-1", 100],
    ["12345n", 0.012345],
    ["250u", 0.25],
    ["-1", -1000],
    ["0", 0],
  ];
  for (const [text, expected] of cpu) it(`CPU ${text}`, () => assert.equal(parseCpu(text), expected));

  const memory: [string, number][] = [
    ["1.5Gi", 1_610_612_736],
    ["128Mi", 134_217_728],
    ["1e3", 1000],
    ["1E3", 1000],
    ["1E", 1e18],
    ["1Ei", 2 ** 60],
    ["1k", 1000],
    ["0.1Ki", 102.4],
    ["128974848", 128_974_848],
    ["128974848000m", 128_974_848],
  ];
  for (const [text, expected] of memory)
    it(`memory ${text}`, () => assert.equal(parseMemory(text), expected));

  for (const text of ["", ".", "m", "1 Gi", "1gi", "1KI", "0x10", "1e", "--1", "NaN", "1e999"]) {
    it(`refuses "${text}"`, () => assert.throws(() => parseCpu(text), /quantity/));
  }

  it("reads millicores back as they were written", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), (value) => {
        assert.equal(parseCpu(`${value}m`), value);
        assert.equal(parseCpu((value / 1000).toFixed(3)), value);
      }),
    );
  });
});
