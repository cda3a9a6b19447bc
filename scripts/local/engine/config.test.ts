// What a program gets of a stack's file.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "./config.ts";

describe("configuration of a stack", () => {
  it("is passed as by the CLI: texts as they are, all else as JSON with its keys in order", () => {
    const folder = mkdtempSync(join(tmpdir(), "config-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
    writeFileSync(
      join(folder, "Pulumi.a.yaml"),
      "config: {size: small, p:pool: {z: 1, a: [{y: 2, b: 3}]}}\n",
    );
    assert.deepEqual(readSettings(folder, "a").config, {
      "p:size": "small",
      "p:pool": '{"a":[{"b":3,"y":2}],"z":1}',
    });
    rmSync(folder, { recursive: true });
  });
});
