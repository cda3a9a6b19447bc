import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { defaultPolicy, parsePolicy } from "../policy.ts";
import { policyReference, withPolicyReference } from "./reference.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

describe("the policy's reference", () => {
  it("in POLICY.md is up to date (else: npm run docs)", () => {
    const text = read("POLICY.md");
    assert.equal(withPolicyReference(text), text);
  });

  it("has a row for every key that a policy has", () => {
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

  it("states bounds, defaults and meanings", () => {
    const reference = policyReference();
    assert.match(reference, /`idle\.percentile` \| number 0 to 1 \| `0\.95` \| which part of/);
    assert.match(
      reference,
      /`namespaces\.<name>\.windows\[\]\.from` \| text \| required \| start, inclusive/,
    );
    assert.match(reference, /`pools\.spot\.taint` .*; null: they have none \|/);
  });
});

describe("the example policy", () => {
  it("is valid, and speaks of what people decide first", () => {
    const policy = parsePolicy(read("policy.example.yaml"));
    assert.deepEqual(Object.keys(policy.namespaces), ["shop", "batch", "payments", "vault"]);
    const topics = Object.keys(parse(read("policy.example.yaml")) as object);
    for (const topic of ["namespaces", "priorities", "idle", "pressure", "budgets", "costs"])
      assert.ok(topics.includes(topic), topic);
  });
});
