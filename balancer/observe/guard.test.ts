import assert from "node:assert/strict";
import { guarded, orElse } from "./guard.ts";
import { matches } from "../selectors.ts";
import { matchesNothing } from "./selectors.ts";
import { countOf, listOf, textsOf } from "./shapes.ts";

describe("an object that is read under guard", () => {
  interface Raw {
    metadata?: { name?: string; namespace?: string; uid?: string };
    spec?: { size: number };
  }
  const read = guarded<Raw, unknown>(
    ({ spec }) => {
      if (spec?.size === 7) throw new Error("no seven");
      return spec!.size;
    },
    ({ metadata, spec }, why) =>
      `${metadata.namespace}/${metadata.name} ${metadata.uid} ${spec?.size}: ${why}`,
  ) as (raw: unknown) => unknown;
  const metadata = { name: "n", namespace: "demo", uid: "u" };
  const missing = /^demo\/n u undefined: a field is missing, or of another type than the API has: /;

  it("is read, or stands as what it is called, with what is wrong", () => {
    assert.equal(read({ metadata, spec: { size: 3 } }), 3);
    assert.equal(read({ metadata, spec: { size: 7 } }), "demo/n u 7: no seven");
    assert.match(String(read({ metadata })), missing);
    assert.equal(read({ metadata: { name: "node" }, spec: { size: 7 } }), "/node undefined 7: no seven");
  });

  it("is nothing that the API stores, without a name", () => {
    for (const odd of [
      null,
      undefined,
      {},
      { metadata: null },
      { metadata: {} },
      { metadata: { name: 7 } },
      { metadata: { name: "n", namespace: 7 } },
    ])
      assert.equal(read(odd), undefined);
  });

  it("has something else for what cannot be read", () => {
    const fails = (): number => {
      throw new Error("x");
    };
    assert.equal(orElse<number>(1, () => 2), 2); // prettier-ignore
    assert.equal(orElse(1, fails), 1);
  });
});

describe("the shape of what comes", () => {
  it("is a list, or nothing", () => {
    assert.deepEqual([listOf(undefined, "a"), listOf(null, "a"), listOf([1], "a")], [[], [], [1]]);
    assert.throws(() => listOf("x" as never, "a"), /^Error: expected a list in a, got string$/);
  });

  it("is texts by name, or nothing", () => {
    assert.deepEqual([textsOf(undefined, "a"), textsOf(null, "a"), textsOf({ b: "c" }, "a")], [{}, {}, { b: "c" }]); // prettier-ignore
    assert.throws(() => textsOf(["x"] as never, "a"), /^Error: expected texts by name in a, got a list$/);
    assert.throws(() => textsOf("x" as never, "a"), /^Error: expected texts by name in a, got string$/);
    assert.throws(
      () => textsOf({ b: "c", d: 7 } as never, "a"),
      /^Error: expected a text in a\.d, got number$/,
    );
  });

  it("is a whole number of things, or what stands for none", () => {
    assert.deepEqual([countOf(undefined, "a", 3), countOf(null, "a", 3), countOf(0, "a", 3)], [3, 3, 0]);
    for (const odd of [-1, 1.5, "2", Number.NaN, 2 ** 60])
      assert.throws(() => countOf(odd as never, "a", 3), /^Error: expected a whole number in a, got /);
  });
});

describe("a selector", () => {
  const labels = { a: "1" };
  const cases: [operator: string, key: string, values: string[], matched: boolean][] = [
    ["In", "a", ["1", "2"], true],
    ["In", "a", ["2"], false],
    ["In", "b", ["1"], false],
    ["NotIn", "a", ["1"], false],
    ["NotIn", "a", ["2"], true],
    ["NotIn", "b", ["1"], true],
    ["Exists", "a", [], true],
    ["Exists", "b", [], false],
    ["DoesNotExist", "a", [], false],
    ["DoesNotExist", "b", [], true],
    ["Exists", "constructor", [], false],
  ];
  for (const [operator, key, values, matched] of cases)
    it(`${key} ${operator} ${values.join()} ${matched ? "matches" : "does not match"}`, () =>
      assert.equal(matches([{ key, operator, values } as never], labels), matched));

  it("matches by all of its requirements, and an empty one everything", () => {
    const [yes, no] = [{ key: "a", operator: "Exists", values: [] }, { key: "b", operator: "Exists", values: [] }] as const; // prettier-ignore
    assert.equal(matches([yes, no] as never, labels), false);
    assert.equal(matches([], {}), true);
    assert.equal(matches(matchesNothing, {}) || matches(matchesNothing, labels), false);
  });
});
