import assert from "node:assert/strict";
import { steps } from "./steps.ts";

describe("the steps of a round", () => {
  it("begin with what has to move, bring back before they send away, and save and smooth last", () => {
    assert.deepEqual(
      steps.map(({ name }) => name),
      [
        ...["leaveLostSpot", "rescuePods", "followTemplates"],
        ...["comeBack", "keepShares", "relieveSpot"],
        ...["goToSpot", "relieveRegular"],
        ...["emptyNodes", "coolHotNodes"],
      ],
    );
  });
});
