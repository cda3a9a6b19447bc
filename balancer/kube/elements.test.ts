import assert from "node:assert/strict";
import fc from "fast-check";
import { anyCharacter } from "../testing/anyCharacter.ts";
import { type LongArray, readElements } from "./elements.ts";

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

const items = { path: ["items"], first: "metadata" };

async function read(text: string, array: LongArray = items, chunkSize = 3) {
  const elements: unknown[] = [];
  const rest = await readElements(inChunks(text, chunkSize), array, (element) => elements.push(element));
  return { elements, rest };
}

/** Full of what looks like a border between two elements, and is none. */
const misleading = fc.oneof(
  fc.jsonValue({ stringUnit: anyCharacter }),
  fc.constantFrom('},{"metadata":{', '"items":[{"metadata":{', "\\", '"'),
  fc.constant({
    items: [{ metadata: {} }, { metadata: { a: "]" } }],
    more: [{ metadata: {} }, { metadata: {} }],
  }),
);
const jsonObject = fc.dictionary(fc.string({ unit: anyCharacter }), misleading);
const element = fc.tuple(jsonObject, jsonObject).map(([metadata, more]) => ({ metadata, ...more }));
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe("a long array that is read by its elements", () => {
  const whereverItIsCut = (of: fc.Arbitrary<object>, space: string | undefined) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(of, { maxLength: 5 }),
        fc.dictionary(fc.string(), fc.string({ unit: anyCharacter })),
        fc.integer({ min: 1, max: 60 }),
        async (elements, metadata, chunkSize) => {
          const list = JSON.stringify({ kind: "PodList", metadata, items: elements }, undefined, space);
          assert.deepEqual(await read(list, items, chunkSize), {
            elements: plain(elements),
            rest: plain({ kind: "PodList", metadata, items: [] }),
          });
        },
      ),
      { numRuns: 30 },
    );

  it("gives what JSON.parse gives, wherever the text is cut", () => whereverItIsCut(element, undefined));
  it("gives the same where elements begin otherwise, or with spaces", async () => {
    await whereverItIsCut(jsonObject, undefined);
    await whereverItIsCut(element, " ");
  });

  it("hands elements on as they come", async () => {
    const parts = ['{"items":[{"metadata":{"name":"a"}},{"metadata":{"na', 'me":"b"}},{"metadata":{}}]}'];
    const names: unknown[] = [];
    const seen: unknown[][] = [];
    async function* body() {
      for (const part of parts) {
        seen.push([...names]);
        yield await Promise.resolve(Buffer.from(part));
      }
    }
    await readElements(body(), items, (one) =>
      names.push((one as { metadata: { name?: string } }).metadata.name),
    );
    assert.deepEqual(
      [seen, names],
      [
        [[], ["a"]],
        ["a", "b", undefined],
      ],
    );
  });

  it("finds it where it is, among other members", async () => {
    const vector = { path: ["data", "result"], first: "metric" };
    const text =
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]},{"metric":{"a":"}"}}]},"warnings":["a, {b}"]}';
    const { elements, rest } = await read(text, vector);
    assert.deepEqual(elements, [{ metric: {}, value: [1, "2"] }, { metric: { a: "}" } }]);
    assert.deepEqual(rest, {
      ...{ status: "success", warnings: ["a, {b}"] },
      data: { resultType: "vector", result: [] },
    });
  });

  /** Borders inside of elements, which are no borders: a StatefulSet's claim templates look so. */
  const nested = (count: number) => ({
    metadata: { name: "odd" },
    spec: {
      volumeClaimTemplates: Array.from({ length: count }, (_, i) => ({
        metadata: { name: `c${i}` },
        x: '"}]\\\\',
      })),
    },
  });

  it("counts out elements that hold what looks like borders, wherever the text is cut", async () => {
    const more = [{ metadata: {} }, { metadata: {} }, { metadata: {} }];
    const list = {
      items: [{ metadata: {} }, nested(3), { metadata: { a: 1 } }, nested(2)],
      more,
      metadata: {},
    };
    for (let size = 1; size < 40; size++) {
      const { elements, rest } = await read(JSON.stringify(list), items, size);
      assert.deepEqual(elements, list.items);
      assert.deepEqual(rest, { items: [], more, metadata: {} });
    }
  });

  it("needs time in proportion to the text, however many false borders and beginnings are in it", async () => {
    const inTime = async (document: object, elements: number, chunk = 65_536) => {
      const text = JSON.stringify(document);
      const start = performance.now();
      assert.equal((await read(text, items, chunk)).elements.length, elements);
      const ms = performance.now() - start;
      assert.ok(ms < 20_000, `${text.length} bytes took ${Math.round(ms)} ms`); // quadratic: minutes
    };
    await inTime({ items: [nested(100_000), { metadata: {} }] }, 2);
    await inTime({ items: Array.from({ length: 50 }, () => nested(2000)) }, 50, 1000);
    const elsewhere = { items: Array.from({ length: 1000 }, () => ({ metadata: { x: "y".repeat(1000) } })) };
    await inTime({ a: Array.from({ length: 20 }, () => elsewhere), items: [{ metadata: {} }] }, 1, 4096);
  });

  it("takes a list that is null, and a document without it", async () => {
    assert.deepEqual(await read('{"items":null}'), { elements: [], rest: { items: null } });
    assert.deepEqual(await read('{"kind":"Status"}'), { elements: [], rest: { kind: "Status" } });
  });

  const broken = [
    "",
    "<html>Sign in</html>",
    '{"items":[{"a":1},',
    '{"items":[{"a":1}]',
    '{"items":[{"a"}]}',
    '{"items":[{"metadata":{"a":1}},{"metadata":{',
    '{"items":[{"metadata":{"a"}},{"metadata":{}}]}',
    "]",
  ];
  for (const text of broken) {
    it(`refuses ${text || "nothing"}`, () => assert.rejects(read(text), SyntaxError));
  }
});
