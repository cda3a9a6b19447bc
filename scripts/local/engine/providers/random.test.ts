// The random provider: the rules that its inputs set, on any inputs.
import assert from "node:assert/strict";
import { compareSync } from "bcryptjs";
import fc from "fast-check";
import { reveal, unknown, type Properties } from "../values.ts";
import type { Change, ProviderClient, Subject } from "./provider.ts";
import { randomPackage } from "./random.ts";

const subjectOf = (kind: string): Subject => ({
  urn: "u",
  name: "a",
  id: "",
  type: `random:index/${kind[0]!.toLowerCase()}${kind.slice(1)}:${kind}`,
});
const change: Change = { preview: false, signal: new AbortController().signal, status: () => undefined };

describe("random provider", () => {
  let client: ProviderClient;
  before(async () => (client = await randomPackage.configure({})));

  const make = async (kind: string, inputs: Properties): Promise<Properties> =>
    reveal((await client.create(subjectOf(kind), { inputs, ...change })).outputs);
  const problems = async (kind: string, news: Properties): Promise<string> =>
    (await client.check(subjectOf(kind), { news })).failures
      .map(({ property, reason }) => `${property}: ${reason}`)
      .join("\n");

  it("makes strings of the asked length and kinds of characters", async () => {
    const minimum = fc.nat(4);
    const inputs = fc.record({
      minLower: minimum,
      minUpper: minimum,
      minNumeric: minimum,
      minSpecial: minimum,
      length: fc.integer({ min: 16, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async (wanted) => {
        assert.equal(await problems("RandomPassword", wanted), "");
        // Not a RandomPassword, which is made alike and then hashed for a tenth of a second.
        const text = (await make("RandomString", { ...wanted, overrideSpecial: "-_" }))["result"] as string;
        const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
        assert.equal(text.length, wanted.length);
        assert.ok(count(/[a-z]/g) >= wanted.minLower && count(/[A-Z]/g) >= wanted.minUpper);
        assert.ok(count(/\d/g) >= wanted.minNumeric && count(/[-_]/g) >= wanted.minSpecial);
        assert.match(text, /^[\w-]+$/);
      }),
      { numRuns: 50 },
    );
  });

  it("leaves out what is switched off", async () => {
    const { result } = await make("RandomString", {
      length: 30,
      special: false,
      upper: false,
      numeric: false,
    });
    assert.match(result as string, /^[a-z]{30}$/);
  });

  it("spells out what was left to it, and hashes passwords, as the real provider does", async () => {
    const { result, bcryptHash, ...rest } = await make("RandomPassword", { length: 8, special: false });
    assert.ok(compareSync(result as string, bcryptHash as string));
    assert.match(bcryptHash as string, /^\$2[ab]\$10\$/);
    assert.deepEqual(rest, {
      ...{ length: 8, lower: true, upper: true, numeric: true, number: true, special: false },
      ...{ minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 },
    });
  });

  it("takes `number`, the old name of `numeric`, and records both alike", async () => {
    const { result, numeric, number } = await make("RandomPassword", { length: 40, number: false });
    assert.deepEqual([numeric, number], [false, false]);
    assert.doesNotMatch(result as string, /\d/);
    assert.equal((await make("RandomString", { length: 8, numeric: false }))["number"], false);
  });

  it("hashes what bcrypt takes of a password, its first 72 bytes, as the real provider does", async () => {
    const { result, bcryptHash } = await make("RandomPassword", { length: 90, special: false });
    assert.ok(compareSync((result as string).slice(0, 72), bcryptHash as string));
  });

  it("says what is wrong with its inputs", async () => {
    assert.match(
      await problems("RandomString", { length: 0 }),
      /length: expected a whole number of at least 1, but got 0/,
    );
    assert.match(
      await problems("RandomString", { length: 3, minLower: 4 }),
      /the minimums add up to 4, but length is 3/,
    );
    assert.match(
      await problems("RandomString", {
        length: 3,
        lower: false,
        upper: false,
        number: false,
        special: false,
      }),
      /no kind of character is left/,
    );
    assert.match(
      await problems("RandomInteger", { min: 1, max: 3 }),
      /has no random:index\/randomInteger:RandomInteger; of the random package it has RandomPassword, RandomString/,
    );
    assert.equal(await problems("RandomString", { length: unknown }), "");
  });

  it("makes a new one whenever an input or a keeper changes", async () => {
    const diff = (oldInputs: Properties, newInputs: Properties) =>
      client.diff(subjectOf("RandomString"), { oldInputs, newInputs, oldOutputs: {}, ignoreChanges: [] });
    assert.deepEqual(
      (await diff({ length: 3, keepers: { a: 1 } }, { length: 3, keepers: { a: 2 } })).replaces,
      ["keepers"],
    );
    assert.equal((await diff({ length: 3 }, { length: 3 })).changes, "none");
  });

  it("leaves the result open in a preview", async () => {
    const { id, outputs } = await client.create(subjectOf("RandomString"), {
      inputs: { length: 3 },
      ...change,
      preview: true,
    });
    assert.deepEqual([id, outputs["result"], outputs["length"]], ["", unknown, 3]);
  });
});
