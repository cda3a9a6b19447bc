// The part of a document that a program writes.
import assert from "node:assert/strict";
import { markedPart, withMarkedPart } from "./markedPart.ts";

describe("the marked part of a document", () => {
  const marks = ["<!-- made -->", "<!-- end -->"] as const;
  const [start, end] = marks;

  it("is made anew between its marks; all else stays", () => {
    assert.equal(withMarkedPart(`a\n${start}old${end}\nb`, marks, "new"), `a\n${start}\n\nnew\n\n${end}\nb`);
    assert.equal(markedPart(`a ${start}old${end} b`, marks), "old");
    assert.ok(withMarkedPart(start + end, marks, "").startsWith(start), "at the very beginning, too");
  });

  it("needs both marks, in their order", () => {
    for (const text of ["", "no marks", start, end, end + start]) {
      assert.throws(() => withMarkedPart(text, marks, ""), /^Error: expected the lines "<!-- made -->" and /);
      assert.throws(() => markedPart(text, marks), /^Error: expected the lines /);
    }
  });
});
