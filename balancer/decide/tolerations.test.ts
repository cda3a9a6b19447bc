import assert from "node:assert/strict";
import type { Toleration } from "../model.ts";
import { spotToleration } from "../testing/builders.ts";
import { reasonFor } from "../testing/refusals/case.ts";
import { isAllowed } from "./tolerations.ts";

describe("a namespace that lists the tolerations which its pods may have", () => {
  const { key, value } = spotToleration;
  const cases: [expected: boolean, what: string, list: Toleration[]][] = [
    [true, "the same", [spotToleration]],
    [
      true,
      "the same, as one of several, for every effect",
      [{ key: "x" }, { key, operator: "Equal", value }],
    ],
    [true, "the key", [{ key, operator: "Exists" }]],
    [true, "everything", [{ operator: "Exists" }]],
    [false, "another key", [{ key: "x", operator: "Exists" }]],
    [false, "another value", [{ ...spotToleration, value: "x" }]],
    [false, "another effect", [{ key, operator: "Exists", effect: "NoExecute" }]],
    [false, "no key, of a value", [{ operator: "Equal", value }]],
  ];
  for (const [expected, what, list] of cases)
    it(`${expected ? "allows" : "refuses"} ours by ${what}`, () =>
      assert.equal(isAllowed(spotToleration, list), expected));

  it("makes none of our pods unless it allows all of the placement (kubernetes/kubernetes#64616)", () => {
    const reason = (...allowedTolerations: Toleration[]) =>
      reasonFor({ parts: () => ({ namespaces: [{ name: "demo", labels: {}, allowedTolerations }] }) });
    assert.equal(reason(spotToleration), "Taints", "the second one is the autoscaler's soft taint");
    assert.equal(reason({ operator: "Exists" }), "moves: Idle");
  });
});
