// One small cluster for every reason to refuse: the list in reasons.ts and these tables must name the same reasons.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { RefusalReason } from "../model.ts";
import { refusalReasons } from "../reasons.ts";
import { inOneLine, lookedAt } from "../testing/lookedAt.ts";
import { type Case, decidedFor, reasonFor } from "../testing/refusals/case.ts";
import { policyCases } from "../testing/refusals/policyCases.ts";
import { roomCases } from "../testing/refusals/roomCases.ts";
import { timeCases } from "../testing/refusals/timeCases.ts";

const cases: Record<RefusalReason, Case[]> = { ...policyCases, ...timeCases, ...roomCases };
const holds = lookedAt(join(import.meta.dirname, "testdata/refusals.txt"));

describe("reasons to refuse", () => {
  it("names an ordinary idle workload none", () => assert.equal(reasonFor({}), "moves: Idle"));

  for (const [reason, list] of Object.entries(cases)) {
    list.forEach((each, i) =>
      it(`${reason}${list.length > 1 ? ` (${i + 1})` : ""}`, () => assert.equal(reasonFor(each), reason)),
    );
  }

  it("are told with the numbers that matter, as they were when somebody last looked", () => {
    for (const [reason, list] of Object.entries(cases)) {
      const told = list.map((each) => {
        const { message, evidence, placement } = decidedFor(each).refusal!;
        return `${message} ${inOneLine({ ...evidence, placement })}`;
      });
      holds(reason, told.join("\n"));
    }
  });

  it("has a case for every reason", () => {
    assert.deepEqual(Object.keys(cases).sort(), Object.keys(refusalReasons).sort());
    for (const [reason, list] of Object.entries(cases)) assert.ok(list.length > 0, reason);
  });

  it("does not consider what is in no listed namespace", () => {
    assert.equal(reasonFor({ policy: "namespaces: { shop: }" }), "not considered");
  });
});
