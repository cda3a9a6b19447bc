import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parsePolicy } from "../policy.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

describe("the example policy", () => {
  it("is valid, and speaks of what people decide first", () => {
    const policy = parsePolicy(read("policy.example.yaml"));
    assert.deepEqual(Object.keys(policy.namespaces), ["shop", "batch", "payments", "vault"]);
    const topics = Object.keys(parse(read("policy.example.yaml")) as object);
    for (const topic of ["namespaces", "priorities", "idle", "pressure", "budgets", "costs"])
      assert.ok(topics.includes(topic), topic);
  });
});
