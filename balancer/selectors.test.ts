import assert from "node:assert/strict";
import type { LabelSelector, Labels, Requirement } from "./model.ts";
import { LabelIndex, SelectorIndex, append, matches, matchesAnyTerm, matchesTerm, wholeNumber } from "./selectors.ts"; // prettier-ignore

const labels: Labels = { app: "web", tier: "3", empty: "" };
const one = (key: string, operator: string, ...values: string[]) =>
  ({ key, operator, values }) as Requirement;

describe("a requirement of labels", () => {
  const cases: [of: Requirement, holds: boolean][] = [
    [one("app", "In", "api", "web"), true],
    [one("app", "In", "api"), false],
    [one("none", "In", "web"), false],
    [one("app", "NotIn", "api"), true],
    [one("app", "NotIn", "api", "web"), false],
    [one("none", "NotIn", "web"), true],
    [one("empty", "Exists"), true],
    [one("none", "Exists"), false],
    [one("none", "DoesNotExist"), true],
    [one("empty", "DoesNotExist"), false],
    [one("tier", "Gt", "2"), true],
    [one("tier", "Gt", "3"), false],
    [one("tier", "Lt", "4"), true],
    [one("tier", "Lt", "3"), false],
    [one("app", "Gt", "2"), false],
    [one("none", "Lt", "2"), false],
    [one("tier", "Gt"), false],
    [one("tier", "Near", "3"), false],
    [one("constructor", "Exists"), false],
  ];
  for (const [of, holds] of cases)
    it(`${of.key} ${of.operator} ${of.values.join()} ${holds ? "holds" : "does not hold"}`, () =>
      assert.equal(matches([of], labels), holds));

  it("is one of all that have to hold, and of terms one is enough", () => {
    const [yes, no] = [one("app", "Exists"), one("none", "Exists")];
    assert.deepEqual([matches([], labels), matches([yes, yes], labels), matches([yes, no], labels)], [true, true, false]); // prettier-ignore
    assert.deepEqual([matchesTerm([], labels), matchesTerm([yes], labels)], [false, true]);
    const any = ([] as LabelSelector[][]).concat([[]], [[[no], [yes]]], [[[no], []]]);
    assert.deepEqual(any.map((terms) => matchesAnyTerm(terms, labels)), [true, true, false]); // prettier-ignore
  });

  it("compares whole numbers only, as the API reads them", () => {
    const texts = ["7", "-7", "+7", "7.5", "", " 7", "7e1", "0x7", undefined];
    assert.deepEqual(texts.map(wholeNumber), [7, -7, 7, NaN, NaN, NaN, NaN, NaN, NaN]);
  });
});

describe("an index finds the same as whoever looks at each entry", () => {
  const selectors: LabelSelector[] = [
    [],
    [one("app", "In", "web")],
    [one("app", "In", "api")],
    [one("app", "In", "web", "api")],
    [one("app", "In", "web"), one("tier", "In", "3")],
    [one("app", "In", "web"), one("tier", "In", "4")],
    [one("app", "NotIn", "api"), one("tier", "In", "3")],
    [one("none", "DoesNotExist")],
  ];
  const sets: Labels[] = [labels, { app: "api" }, { tier: "3" }, {}];

  it("of selectors, for labels", () => {
    const index = new SelectorIndex(selectors, (selector) => selector);
    for (const set of sets) {
      const expected = new Set(selectors.filter((selector) => matches(selector, set)));
      assert.deepEqual(new Set(index.matching(set)), expected);
      assert.equal(index.matching(set).length, expected.size, "each once");
    }
  });

  it("of labels, for selectors", () => {
    const index = new LabelIndex(sets, (set) => set);
    for (const selector of selectors)
      assert.deepEqual(index.matching(selector), sets.filter((set) => matches(selector, set))); // prettier-ignore
  });

  it("keeps lists in their order", () => {
    const map = new Map<string, number[]>();
    for (const [key, value] of [["a", 1], ["b", 2], ["a", 3]] as const) append(map, key, value); // prettier-ignore
    assert.deepEqual([...map], [["a", [1, 3]], ["b", [2]]]); // prettier-ignore
  });
});
