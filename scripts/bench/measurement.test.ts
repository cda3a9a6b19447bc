import assert from "node:assert/strict";
import { measurement, textLine } from "./measurement.ts";

describe("a figure of the benchmark", () => {
  const figure = measurement("round.cpu", 3.14159, "s", "the pages of its pods", 6.28318);

  it("is told with its ratio to what ran beside it, in three digits", () => {
    assert.equal(
      JSON.stringify(figure),
      '{"name":"round.cpu","value":3.14,"unit":"s","against":"the pages of its pods","ratio":0.5}',
    );
    assert.match(textLine(figure), /^round\.cpu +3\.14 s {2}0\.5 × the pages of its pods$/);
  });

  it("needs something to compare with", () => {
    assert.throws(() => measurement("x", 1, "s", "nothing", 0), /x: expected something above 0/);
    assert.throws(() => measurement("x", 1, "s", "nothing", NaN), /got NaN/);
  });
});
