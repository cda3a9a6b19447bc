// Secrets and unknowns inside of values: what keeps its mark, and what people get to see.
import assert from "node:assert/strict";
import {
  annotateSecrets,
  containsSecret,
  containsUnknown,
  isObject,
  isSecret,
  mask,
  reveal,
  secret,
  secretTexts,
  unknown,
  unsupportedValue,
  type Properties,
  type Value,
} from "./values.ts";

const signature = "4dabf18193072939515e22adb298388d";

describe("secret marks", () => {
  it("are set once, and known from objects that only look alike", () => {
    const marked = secret("a");
    assert.equal(secret(marked), marked);
    assert.ok(isSecret(marked) && isSecret(secret({ a: 1 })) && isSecret(secret(null)));
    for (const other of [{ [signature]: "other", value: "a" }, { value: "a" }, "a", null, ["a"]])
      assert.ok(!isSecret(other), JSON.stringify(other));
    assert.ok(isObject({}) && !isObject([]) && !isObject(null) && !isObject("a"));
  });

  const marks: [what: string, outputs: Properties, inputs: Properties, expected: Properties][] = [
    ["a text", { a: "x", b: "y" }, { a: secret("x"), b: "y" }, { a: secret("x"), b: "y" }],
    ["an object as a whole", { a: { b: "x" } }, { a: secret({ b: "x" }) }, { a: secret({ b: "x" }) }],
    ["a list as a whole", { a: ["x"] }, { a: secret(["x"]) }, { a: secret(["x"]) }],
    [
      "a key of an object",
      { a: { b: "x", c: 1 } },
      { a: { b: secret("x"), c: 1 } },
      { a: { b: secret("x"), c: 1 } },
    ],
    [
      "a list with a secret anywhere",
      { a: [{ b: "x" }] },
      { a: [{ b: secret("x") }] },
      { a: secret([{ b: "x" }]) },
    ],
    ["what became a text of an object", { a: "b: x" }, { a: { b: secret("x") } }, { a: secret("b: x") }],
    ["what another value came back for", { a: "y" }, { a: secret("x") }, { a: secret("y") }],
    ["what is marked already, once", { a: secret("x") }, { a: secret("x") }, { a: secret("x") }],
    ["nothing that did not come back", { b: 1 }, { a: secret("x") }, { b: 1 }],
    ["nothing where the inputs have none", { a: { b: "x" } }, { a: { b: "x" } }, { a: { b: "x" } }],
  ];
  for (const [what, outputs, inputs, expected] of marks)
    it(`come back to ${what}`, () => {
      const before = structuredClone(outputs);
      assert.deepEqual(annotateSecrets(outputs, inputs), expected);
      assert.deepEqual(outputs, before);
    });

  const nested: Properties = { a: [secret({ b: secret("x"), c: unknown })], d: { e: secret(7) }, f: "y" };
  it("are taken off at every depth, for providers that know none", () =>
    assert.deepEqual(reveal(nested), { a: [{ b: "x", c: unknown }], d: { e: 7 }, f: "y" }));
  it("hide what is below them, and unknowns are shown as such", () =>
    assert.deepEqual(mask({ ...nested, g: [unknown] }), {
      ...{ a: ["[secret]"], d: { e: "[secret]" }, f: "y", g: ["[unknown]"] },
    }));
  it("tell every text inside, and none outside", () =>
    assert.deepEqual(secretTexts({ ...nested, h: secret(["z", { i: "w" }, 1, unknown]) }), ["x", "z", "w"]));

  const found: [value: Value, hasSecret: boolean, hasUnknown: boolean][] = [
    [nested, true, true],
    [{ a: [{ b: secret("x") }] }, true, false],
    [{ a: [{ b: unknown }] }, false, true],
    [{ a: ["x", null, 1] }, false, false],
    [unknown, false, true],
  ];
  for (const [value, hasSecret, hasUnknown] of found)
    it(`are found in ${JSON.stringify(mask(value))}: ${hasSecret}, unknowns: ${hasUnknown}`, () =>
      assert.deepEqual([containsSecret(value), containsUnknown(value)], [hasSecret, hasUnknown]));

  // Of sdk/nodejs/runtime/rpc.ts in pulumi/pulumi.
  const refused: [signature: string, name: string | undefined][] = [
    ["c44067f5952c0a294b673a41bacd8c17", "an asset"],
    ["0def7320c3a5731c473e5ecbe6d01bc7", "an archive"],
    ["5cf8f73096256a8f31e491e813e4eb8e", "a resource reference"],
    ["d0e6a833031e9bbcd3f4e8bde6ca49a4", "an output value"],
    ["1b47061264138c4ac30d75fd1eb44270", undefined],
  ];
  for (const [sig, name] of refused)
    it(`beside them ${name ?? "nothing else"} is refused by name`, () =>
      assert.equal(unsupportedValue({ a: [{ b: { [signature]: sig, value: "v" } }, "c"] }), name));
});
