// The stack files are written as the Pulumi CLI writes them: `pulumi stack init` then adds a line, and changes none.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

describe("stack files", () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".yaml"));

  for (const file of files) {
    const text = readFileSync(join(import.meta.dirname, file), "utf8");

    it(`${file} has only texts as plain values: the CLI puts numbers and booleans in quotes`, () => {
      const { config } = parse(text) as { config: Record<string, unknown> };
      const plain = Object.entries(config).filter(([, value]) => typeof value !== "object");
      assert.deepEqual(
        plain.filter(([, value]) => typeof value !== "string"),
        [],
      );
    });

    it(`${file} has no space within braces and brackets: the CLI takes it out`, () => {
      assert.doesNotMatch(text.replaceAll(/#.*/g, ""), /[{[] | [}\]]/);
    });
  }
});
