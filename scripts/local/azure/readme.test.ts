// The table of rules in the README: each row's file is there and names the row's source, each type with rules has a row.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { findType, knownTypes } from "./catalog.ts";

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");

const rows = [...read("README.md").matchAll(/^\| (.+?) +\| `([\w/.]+)` +\| <?([^|>]+?)>? +\|$/gm)].map(
  ([, what, file, source]) => ({ what: what!, file: file!, source: source! }),
);

describe("the emulated Azure's README", () => {
  it("has a table", () => assert.ok(rows.length > 50, String(rows.length)));

  for (const { what, file, source } of rows)
    it(`names the source of: ${what}`, () => assert.ok(read(file).includes(source), `${file}: ${source}`));

  it("leaves out no type that has rules", () => {
    const files = new Set(rows.map(({ file }) => file));
    const missing = knownTypes.filter((token) => {
      const { rules = [], worldRules = [] } = findType(token);
      const name = token
        .split(":")[2]!
        .replace(/ByScope$/, "")
        .replace("IPA", "IpA");
      const file = `types/${name[0]!.toLowerCase()}${name.slice(1)}.ts`;
      return rules.length + worldRules.length > 0 && !files.has(file);
    });
    assert.deepEqual(missing, []);
  });
});
