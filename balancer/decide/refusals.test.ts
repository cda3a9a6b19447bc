// One small cluster for every reason to refuse: the list in reasons.ts and these tables must name the same reasons.
import assert from "node:assert/strict";
import type { RefusalReason } from "../model.ts";
import { refusalReasons } from "../reasons.ts";
import { type Case, reasonFor } from "../testing/refusals/case.ts";
import { policyCases } from "../testing/refusals/policyCases.ts";
import { roomCases } from "../testing/refusals/roomCases.ts";
import { timeCases } from "../testing/refusals/timeCases.ts";

const cases: Record<RefusalReason, Case[]> = { ...policyCases, ...timeCases, ...roomCases };

describe("reasons to refuse", () => {
  it("names an ordinary idle workload none", () => assert.equal(reasonFor({}), "moves: Idle"));

  for (const [reason, list] of Object.entries(cases)) {
    list.forEach((each, i) =>
      it(`${reason}${list.length > 1 ? ` (${i + 1})` : ""}`, () => assert.equal(reasonFor(each), reason)),
    );
  }

  it("has a case for every reason", () => {
    assert.deepEqual(Object.keys(cases).sort(), Object.keys(refusalReasons).sort());
    for (const [reason, list] of Object.entries(cases)) assert.ok(list.length > 0, reason);
  });

  it("does not consider what is in no listed namespace", () => {
    assert.equal(reasonFor({ policy: "namespaces: { shop: }" }), "not considered");
  });
});
