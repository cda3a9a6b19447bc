// What is told as drift: what others changed of ours, in lists by what tells their elements apart.
import assert from "node:assert/strict";
import type { Properties, Value } from "../../values.ts";
import { liveInputs } from "./drift.ts";

describe("what others changed", () => {
  const [a, b] = [{ name: "a", size: 1 }, { name: "b", size: 2 }]; // prettier-ignore
  const theirs = { name: "c", size: 9 };
  const cases: [what: string, input: Value, live: Value | undefined, expected: Value | undefined, applied?: Value][] = [
    ["is nothing where the server spells it in another way", "1000m", "1", "1000m", "1"],
    ["is a value", "old", "new", "new"],
    ["is a value that is gone", "old", undefined, undefined],
    ["is a field, without those that are theirs", { a: 1, b: 2 }, { a: 1, b: 3, c: 4 }, { a: 1, b: 3 }],
    ["is a field that is gone", { a: 1, b: 2 }, { a: 1 }, { a: 1 }],
    ["is what is no object any more", { a: 1 }, "text", "text"],
    ["is what is no list any more", [1], "text", "text"],
    ["is an object that the server would not give", { a: 1 }, { a: 2, c: 3 }, { a: 2, c: 3 }, "text"],
    ["is a list that the server would not give", [a], [b], [b], "text"],
    ["is nothing in a list of another order", [a, b], [b, a], [a, b]],
    ["is an element's field, in a list of another order", [a, b], [{ ...b, size: 3 }, a], [a, { ...b, size: 3 }]],
    ["is an element that is gone", [a, b], [b], [b]],
    ["is no element that is theirs", [a, b], [theirs, a, { ...b, size: 3 }], [a, { ...b, size: 3 }]],
    ["is an element by its place, where nothing tells them apart", ["x", "y"], ["x", "z"], ["x", "z"]],
    ["is such a list as a whole, where it got shorter", ["x", "y"], ["y"], ["y"]],
    ["is such a list as a whole, where it got longer", ["x"], ["y", "x"], ["y", "x"]],
    ["is what stands in place of elements that had names", [a], ["text"], ["text"]],
    ["is an element without the name", [a, b], [a, { size: 2 }], [a, { size: 2 }]],
  ]; // prettier-ignore
  for (const [what, input, live, expected, applied = input] of cases)
    it(what, () => {
      const object = (value: Value | undefined): Properties => (value === undefined ? {} : { it: value });
      assert.deepEqual(liveInputs({ it: input }, object(live), { it: applied }), object(expected));
    });
});
