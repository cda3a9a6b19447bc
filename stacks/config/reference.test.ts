// The reference of configuration keys in stacks/README.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { configReference, withReference } from "./reference.ts";

describe("configuration reference", () => {
  it("in stacks/README.md is up to date (else: npm run docs)", () => {
    const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    assert.equal(text, withReference(text));
  });

  it("says value, default, unit and meaning of keys, also nested ones", () => {
    const reference = configReference();
    for (const row of [
      "| `storage` | 32, 64, 128, 256, 512, 1024, 2048, 4096 GiB | `32` | Disk size; can grow, never shrink |",
      "| `spotPools[].max` | whole number 1–1000 nodes | `5` |  |",
      "| `firewallRules[].start` | text | required |  |",
      "| `dbAdminPassword` | secret text |  | Administrator's password; omitted: a random one |",
    ]) {
      assert.ok(reference.includes(`${row}\n`), row);
    }
  });

  it("explains every key at the top", () => {
    const unexplained = configReference()
      .split("\n")
      .filter((row) => /^\| `\w+` \|.*\| {2}\|$/.test(row));
    assert.deepEqual(unexplained, []);
  });

  it("needs its marks", () => {
    assert.throws(() => withReference("no marks"), /expected the lines/);
  });
});
