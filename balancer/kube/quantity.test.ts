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

  for (const text of ["", ".", "m", "1 Gi", "1gi", "1KI", "0x10", "1e", "--1", "NaN", "1e1.5", "1.5.2"]) {
    it(`refuses "${text}"`, () => assert.throws(() => parseCpu(text), /quantity/));
  }

  const saturated: [string, number][] = [
    ["1e66", 2 ** 63],
    ["1e999", 2 ** 63],
    ["-1e66", -(2 ** 63)],
    ["9".repeat(1000), 2 ** 63],
    ["1e-999", 0],
    ["0e999999999999", 0],
    [`0.${"0".repeat(1000)}1`, 0],
    [`${"0".repeat(1000)}7`, 7000],
  ];
  for (const [text, expected] of saturated)
    it(`saturates ${text.slice(0, 20)}`, () => assert.equal(parseCpu(text), expected));

  it("takes a number of JSON for what it says, and names what is none", () => {
    assert.equal(parseCpu(2 as never), 2000);
    assert.throws(() => parseCpu({ cpu: 1 } as never), /got \{"cpu":1\}/);
    assert.throws(() => parseCpu(`${"1".repeat(100)}x`), /got "1{59}… \(103 characters\)/);
  });

  it("needs time in proportion to the text: any text, long ones of digits above all", () => {
    const long = fc
      .constantFrom("1", ".", "0", "9")
      .chain((each) =>
        fc.tuple(fc.constant(each.repeat(200_000)), fc.constantFrom("", "x", "Gi", ".", "e9", "e-9")),
      );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          long.map(([a, b]) => a + b),
        ),
        (text) => {
          const start = performance.now();
          try {
            assert.ok(Math.abs(parseMemory(text)) <= 2 ** 63);
          } catch (error) {
            assert.match((error as Error).message, /^expected a Kubernetes quantity/);
          }
          assert.ok(performance.now() - start < 5000, "quadratic: minutes");
        },
      ),
    );
  });

  it("reads millicores back as they were written", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), (value) => {
        assert.equal(parseCpu(`${value}m`), value);
        assert.equal(parseCpu((value / 1000).toFixed(3)), value);
      }),
    );
  });
});

it("The same text is one thing of CPU and another one of memory, whichever was asked first", () => {
  assert.deepEqual([parseCpu("713"), parseMemory("713"), parseCpu("713")], [713_000, 713, 713_000]);
  assert.deepEqual([parseMemory("714m"), parseCpu("714m"), parseMemory("714m")], [0.714, 714, 0.714]);
});
