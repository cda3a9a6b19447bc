import assert from "node:assert/strict";
import fc from "fast-check";
import { readElements } from "./elements.ts";

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function read(text: string, depth: number, chunkSize = 3) {
  const elements: unknown[] = [];
  const rest = await readElements(inChunks(text, chunkSize), depth, (element) => elements.push(element));
  return { elements, rest };
}

const jsonObject = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }));

describe("a long array that is read by its elements", () => {
  it("gives what JSON.parse gives, wherever the text is cut", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(jsonObject, { maxLength: 5 }),
        jsonObject,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(undefined, 1),
        async (items, metadata, chunkSize, space) => {
          const list = JSON.stringify({ metadata, items, kind: "PodList" }, undefined, space);
          assert.deepEqual(await read(list, 2, chunkSize), {
            elements: JSON.parse(JSON.stringify(items)) as unknown,
            rest: JSON.parse(JSON.stringify({ metadata, items: [], kind: "PodList" })) as unknown,
          });
        },
      ),
      { numRuns: 60 },
    ));

  it("finds it at the depth where it is", async () => {
    const text =
      '{"status":"success","warnings":["a, {b}"],"data":{"resultType":"vector","result":[{"a":[{}]},{"a":"]"}]}}';
    const { elements, rest } = await read(text, 3);
    assert.deepEqual(elements, [{ a: [{}] }, { a: "]" }]);
    assert.deepEqual(rest, {
      ...{ status: "success", warnings: ["a, {b}"] },
      data: { resultType: "vector", result: [] },
    });
  });

  it("takes a list that is null", async () => {
    assert.deepEqual(await read('{"items":null}', 2), { elements: [], rest: { items: null } });
  });

  const broken = [
    "",
    "<html>Sign in</html>",
    '{"items":[{"a":1},',
    '{"items":[{"a":1}]',
    '{"items":[{"a"}]}',
    "]",
  ];
  for (const text of broken) {
    it(`refuses ${text || "nothing"}`, () => assert.rejects(read(text, 2), SyntaxError));
  }
});
