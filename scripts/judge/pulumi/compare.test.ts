// What counts as a difference between two engines, and what does not.
import assert from "node:assert/strict";
import { accidentsIn, differences, type Recorded } from "./compare.ts";

const urn = (name: string, type = "a:b:C"): string => `urn:pulumi:base-local::p::${type}::${name}`;
const build = (over: Partial<Recorded> = {}): Recorded => ({
  ...{ urn: urn("one"), type: "a:b:C", inputs: { size: 1 }, outputs: { size: 1, uid: "x" } },
  ...over,
});

describe("two engines' records", () => {
  const same: [string, Recorded[], Recorded[]][] = [
    ["equal ones", [build()], [build()]],
    [
      "another order of dependencies",
      [build({ dependencies: ["x", "y"] })],
      [build({ dependencies: ["y", "x"] })],
    ],
    ["another value of an output", [build()], [build({ outputs: { size: 1, uid: "y" } })]],
    [
      "a provider that nobody named",
      [build()],
      [
        build({ provider: `${urn("default_1", "pulumi:providers:a")}::id` }),
        build({ urn: urn("default_1", "pulumi:providers:a"), type: "pulumi:providers:a" }),
      ],
    ],
    [
      "a random value, and what was made of it",
      ...(["abcdef", "uvwxyz"].map((result) => [
        build({ urn: urn("suffix"), type: "random:index/randomString:RandomString", outputs: { result } }),
        build({ inputs: { name: `acr${result}`, data: Buffer.from(result).toString("base64") } }),
      ]) as [Recorded[], Recorded[]]),
    ],
  ];
  const between = (ours: Recorded[], theirs: Recorded[]): string[] =>
    differences(ours, theirs, [accidentsIn(ours), accidentsIn(theirs)]);
  for (const [what, ours, theirs] of same)
    it(`do not differ by ${what}`, () => assert.deepEqual(between(ours, theirs), []));

  const other: [string, Recorded[], Recorded[], RegExp][] = [
    ["a missing resource", [], [build()], /one: only the Pulumi CLI has it/],
    ["an input", [build()], [build({ inputs: { size: 2 } })], /inputs.size: 1 by the embedded engine, 2 by/],
    [
      "a missing input",
      [build()],
      [build({ inputs: {} })],
      /inputs.size: 1 by the embedded engine, undefined by/,
    ],
    ["a parent", [build()], [build({ parent: urn("p") })], /parent: "" by the embedded engine/],
    ["a dependency", [build({ dependencies: ["x"] })], [build()], /dependencies: \["x"\] by/],
    ["the name of an output", [build()], [build({ outputs: { size: 1 } })], /outputs: \["size","uid"\] by/],
  ];
  for (const [what, ours, theirs, line] of other)
    it(`differ by ${what}`, () => {
      const found = between(ours, theirs);
      assert.equal(found.length, 1);
      assert.match(found[0]!, line);
    });
});
