import assert from "node:assert/strict";
import fc from "fast-check";
import { withoutManagedFields } from "./managedFields.ts";

const cut = (object: unknown) =>
  JSON.parse(withoutManagedFields(Buffer.from(JSON.stringify(object)))) as unknown;

describe("an object's text without its managed fields", () => {
  it("lacks them and nothing else, whatever stands in them and around them", () => {
    const json = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }));
    fc.assert(
      fc.property(fc.array(json), json, json, (managedFields, metadata, spec) => {
        delete metadata["managedFields"];
        const plain = JSON.parse(JSON.stringify({ metadata: { ...metadata, name: "web" }, spec })) as object;
        const object = { metadata: { ...metadata, name: "web", managedFields }, spec };
        assert.deepEqual(cut(object), plain);
      }),
    );
  });

  it("keeps a string that merely looks like them", () => {
    const object = { metadata: { name: "a", annotations: { x: ',"managedFields":[{' } }, spec: { a: ["]"] } };
    assert.deepEqual(cut(object), object);
  });

  it("keeps them where they are spelled otherwise, or have no end", () => {
    for (const text of [
      '{"a":1, "managedFields":[1]}',
      '{"managedFields":[1],"a":1}',
      '{"a":1,"managedFields":[1',
    ])
      assert.equal(withoutManagedFields(Buffer.from(text)), text);
  });
});
