// One line out of nested errors.
import assert from "node:assert/strict";
import { rootCause } from "./rootCause.ts";

describe("what went wrong at the bottom", () => {
  const inner = new Error("refused");
  const cases: [what: string, error: unknown, text: string][] = [
    ["an error", inner, "refused"],
    ["its cause", new Error("fetch failed", { cause: new Error("x", { cause: inner }) }), "refused"],
    ["a cause that is no error", new Error("fetch failed", { cause: "dns" }), "dns"],
    ["the first of several attempts", new AggregateError([inner, new Error("other")], "all"), "refused"],
    ["none of no attempts", new AggregateError([], "all of none"), "all of none"],
    ["a text", "odd", "odd"],
  ];
  for (const [what, error, text] of cases) it(`is ${what}`, () => assert.equal(rootCause(error), text));
});
