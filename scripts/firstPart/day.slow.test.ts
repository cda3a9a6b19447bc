// The day that `npm start` begins with, played as a whole.
import assert from "node:assert/strict";
import { playDay } from "./day.ts";
import { dayText, tellingMoves } from "./dayText.ts";

describe("the recorded day", () => {
  it("has real losses, moves for several reasons, and saves money within what is possible", function () {
    const day = playDay();
    const { balanced, nothing, best } = day.comparison;
    assert.ok(balanced.nodesLost > 0);
    assert.ok(balanced.cost < nothing.cost && balanced.cost >= best.cost);
    assert.ok(tellingMoves(day.moves).length >= 3);
    const total = Object.values(balanced.moves).reduce((sum, count) => sum + count, 0);
    assert.equal(day.moves.length, total);
    assert.ok(day.moves.every(({ minute }) => minute >= 0 && minute < 24 * 60));

    const text = dayText(day);
    for (const cost of [balanced.cost, nothing.cost, best.cost])
      assert.ok(text.includes(cost.toFixed(2)), `${cost} in ${text}`);
    assert.match(text, /^ {2}\d\d:\d\d {2}\S+ +\w+ → \w+ {2}\w+: \S/m);
  });
});
