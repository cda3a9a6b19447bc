// The references of keys in POLICY.md and stacks/README.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { defaultPolicy } from "../../balancer/policy.ts";
import { withMarkedPart } from "../markedPart.ts";
import { keyTable, keysMarks } from "./keys.ts";
import { configReference, policyReference } from "./references.ts";

const documents: Record<string, () => string> = {
  "balancer/POLICY.md": policyReference,
  "stacks/README.md": configReference,
};

describe("the references of keys", () => {
  for (const [name, reference] of Object.entries(documents))
    it(`in ${name} is up to date (else: npm run docs)`, () => {
      const text = readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
      assert.equal(withMarkedPart(text, keysMarks, reference()), text);
    });

  it("have a row for every key that a policy has", () => {
    const reference = policyReference();
    const keysOf = (value: unknown, path: string): string[] =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, inside]) => {
            const own = path === "" ? key : `${path}.${key}`;
            const isMap = /nodeLabels$|classes$|^namespaces$|taint$/.test(own);
            return [own, ...(isMap ? [] : keysOf(inside, own))];
          })
        : [];
    const keys = keysOf(defaultPolicy, "");
    assert.ok(keys.length > 40, keys.join());
    for (const key of [...keys, "namespaces.<name>.windows[].timeZone", "namespaces.<name>.maxSpotShare"]) {
      assert.ok(reference.includes(`| \`${key}\` |`), key);
    }
  });

  it("state values, bounds, units, defaults and meanings, also of nested keys", () => {
    const reference = policyReference();
    assert.match(reference, /`idle\.percentile` \| number 0 to 1 \| `0\.95` \| which part of/);
    assert.match(
      reference,
      /`namespaces\.<name>\.windows\[\]\.from` \| text \| required \| start, inclusive/,
    );
    assert.match(reference, /`pools\.spot\.taint` .*; null: they have none \|/);
    for (const row of [
      "| `storage` | `32`, `64`, `128`, `256`, `512`, `1024`, `2048`, `4096` GiB | `32` | Disk size; can grow, never shrink |",
      "| `spotPools[].max` | whole number 1 to 1000 nodes | `5` |  |",
      "| `firewallRules[].start` | text | required |  |",
      "| `dbAdminPassword` | secret text |  | Administrator's password; omitted: a random one |",
    ]) {
      assert.ok(configReference().includes(`${row}\n`), row);
    }
  });

  it("tell of a bound, a choice and a text that is empty", () => {
    const row = (node: object) => keyTable({ properties: { key: node } }).split("\n")[2];
    assert.equal(row({ type: "number", maximum: 5 }), "| `key` | number, at most 5 |  |  |");
    assert.equal(row({ type: "string", default: "" }), '| `key` | text | `""` |  |');
    const choice = { anyOf: [{ type: "number" }, { type: "string" }], description: "a|b" };
    assert.equal(row(choice), "| `key` | number or text |  | a\\|b |");
  });

  it("explain every key of a stack at the top", () => {
    const unexplained = configReference()
      .split("\n")
      .filter((row) => /^\| `\w+` \|.*\| {2}\|$/.test(row));
    assert.deepEqual(unexplained, []);
  });
});
