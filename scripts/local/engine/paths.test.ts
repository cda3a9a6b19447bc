// Property paths, differences, and what ignoreChanges keeps.
import assert from "node:assert/strict";
import fc from "fast-check";
import { differences, formatPath, keepRecorded, parsePath, touches, type Path } from "./paths.ts";
import { secret, unknown, type Properties } from "./values.ts";

describe("property paths", () => {
  const cases: [text: string, path: Path][] = [
    ["spec", ["spec"]],
    ["spec.template.spec.containers[0].image", ["spec", "template", "spec", "containers", 0, "image"]],
    ['metadata.annotations["a/b.c"]', ["metadata", "annotations", "a/b.c"]],
    ["containers[*].env", ["containers", "*", "env"]],
  ];
  for (const [text, path] of cases) {
    it(`reads ${text}`, () => assert.deepEqual(parsePath(text), path));
  }

  it("writes what it can read", () => {
    const step = fc.oneof(fc.stringMatching(/^[a-z][\w/.-]{0,8}$/), fc.nat(20));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]+$/), fc.array(step, { maxLength: 5 }), (first, rest) => {
        assert.deepEqual(parsePath(formatPath([first, ...rest])), [first, ...rest]);
      }),
    );
  });

  it("refuses what is no path", () => {
    assert.throws(() => parsePath("spec[one"), /"spec\[one" is no property path: expected .* at "\[one"/);
  });

  it("touches itself, what lies above and what lies inside", () => {
    const pattern = parsePath("spec.containers[*].image");
    assert.ok(touches(pattern, ["spec", "containers", 3, "image"]));
    assert.ok(touches(pattern, ["spec"]));
    assert.ok(touches(pattern, ["spec", "containers", 0, "image", "tag"]));
    assert.ok(!touches(pattern, ["spec", "containers", 0, "name"]));
  });
});

describe("differences", () => {
  const cases: [name: string, before: Properties, after: Properties, expected: string[]][] = [
    ["nothing", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["a leaf", { a: { b: 1, c: 1 } }, { a: { b: 2, c: 1 } }, ["update a.b"]],
    ["keys", { a: 1 }, { b: 1 }, ["delete a", "add b"]],
    ["list items", { a: [1, 2] }, { a: [1, 3, 4] }, ["update a[1]", "add a[2]"]],
    ["a type", { a: [1] }, { a: { b: 1 } }, ["update a"]],
    ["an unknown", { a: { b: 1 } }, { a: unknown }, ["update a"]],
    ["an equal secret", { a: secret("x") }, { a: secret("x") }, []],
    ["a secret inside", { a: secret({ b: 1 }) }, { a: secret({ b: 2 }) }, ["update a"]],
    ["only the mark", { a: "x" }, { a: secret("x") }, []],
  ];
  for (const [name, before, after, expected] of cases) {
    it(`finds ${name}`, () => {
      assert.deepEqual(
        differences(before, after).map(({ kind, path }) => `${kind} ${formatPath(path)}`),
        expected,
      );
    });
  }
});

it("differences say what was and what is", () => {
  assert.deepEqual(differences({ a: 1, b: { c: 1 } }, { a: 2, b: { d: secret("x") } }), [
    { path: ["a"], kind: "update", old: 1, new: 2 },
    { path: ["b", "c"], kind: "delete", old: 1 },
    { path: ["b", "d"], kind: "add", new: secret("x") },
  ]);
  assert.deepEqual(differences({ a: secret("x") }, { a: "y" }), [
    { path: ["a"], kind: "update", old: secret("x"), new: "y" },
  ]);
});

describe("ignoreChanges", () => {
  const cases: [
    name: string,
    goal: Properties,
    recorded: Properties,
    ignored: string[],
    expected: Properties,
  ][] = [
    ["a value", { count: 3, size: 1 }, { count: 7, size: 0 }, ["count"], { count: 7, size: 1 }],
    ["what is new", { count: 3 }, {}, ["count"], {}],
    ["what is gone", {}, { count: 7 }, ["count"], { count: 7 }],
    ["deep values", { a: { b: 1, c: 1 } }, { a: { b: 2, c: 2 } }, ["a.b"], { a: { b: 2, c: 1 } }],
    [
      "one step of a list",
      { a: [{ x: 1, y: 1 }] },
      { a: [{ x: 2, y: 2 }] },
      ["a[*].x"],
      { a: [{ x: 2, y: 1 }] },
    ],
    ["nothing where the way is missing", { a: { b: 1 } }, {}, ["a.b"], { a: { b: 1 } }],
    ["nothing where the way is gone", {}, { a: { b: 1 } }, ["a.b"], {}],
  ];
  for (const [name, goal, recorded, ignored, expected] of cases) {
    it(`keeps ${name} as recorded`, () => assert.deepEqual(keepRecorded(goal, recorded, ignored), expected));
  }
});
