import assert from "node:assert/strict";
import type { Moved } from "./day.ts";
import { tellingMoves } from "./dayText.ts";

describe("the recorded day", () => {
  it("is told by the first move for each reason", () => {
    const move = (minute: number, reason: string): Moved => ({
      ...{ minute, reason, workload: "shop/web", source: "regular", destination: "spot", message: "why" },
    });
    const moves = [move(1, "Idle"), move(2, "Idle"), move(3, "Busy"), move(4, "Idle")];
    assert.deepEqual(
      tellingMoves(moves).map(({ minute }) => minute),
      [1, 3],
    );
  });
});
