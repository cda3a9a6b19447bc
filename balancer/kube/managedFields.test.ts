import assert from "node:assert/strict";
import fc from "fast-check";
import { anyCharacter } from "../testing/anyCharacter.ts";
import { withoutManagedFields } from "./managedFields.ts";

const cut = (object: unknown) =>
  JSON.parse(withoutManagedFields(Buffer.from(JSON.stringify(object)))) as unknown;

describe("an object's text without its managed fields", () => {
  it("lacks them and nothing else, whatever stands in them and around them", () => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom(']},"spec":{', ',"managedFields":['),
    );
    const json = fc.dictionary(text, fc.oneof(text, fc.jsonValue({ stringUnit: anyCharacter })));
    const { entry } = fc.letrec((tie) => ({
      entry: fc.dictionary(text, fc.oneof({ maxDepth: 3 }, text, tie("entry"))),
    }));
    fc.assert(
      fc.property(fc.array(entry), json, json, (managedFields, metadata, spec) => {
        const kept = { ...metadata, name: "web" };
        delete (kept as Record<string, unknown>)["managedFields"];
        const plain = JSON.parse(JSON.stringify({ metadata: kept, spec })) as object;
        assert.deepEqual(cut({ metadata: { ...kept, managedFields }, spec }), plain);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps them where they are spelled otherwise", () => {
    for (const text of [
      '{"a":1, "managedFields":[1]},"spec":{',
      '{"managedFields":[1]},"spec":{}}',
      '{"a":1,"managedFields":[1]}',
    ])
      assert.equal(withoutManagedFields(Buffer.from(text)), text);
  });
});
