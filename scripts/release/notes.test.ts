import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { version } from "../../balancer/index.ts";
import { releaseNotes } from "./notes.ts";

const log = "# Changes\n\n## 0.10.0\n\n- new\n\n## 0.1.0 (first)\n\n- old\n";

describe("release notes", () => {
  it("are the section of the tag's version, and of no other that begins like it", () => {
    assert.equal(releaseNotes("v0.1.0", { a: "0.1.0" }, log), "- old\n");
    assert.equal(releaseNotes("v0.10.0", {}, log), "- new\n");
  });

  it("are there for what the packages are now", () => {
    const text = readFileSync(new URL("../../CHANGELOG.md", import.meta.url), "utf8");
    assert.match(releaseNotes(`v${version}`, {}, text), /\w/);
  });

  const wrong: [what: string, tag: string, versions: Record<string, string>, RegExp][] = [
    ["no version", "main", {}, /expected a tag such as v1\.2\.3, got "main"/],
    [
      "another one than the packages",
      "v0.1.0",
      { "a.json": "0.2.0" },
      /^a\.json: expected version 0\.1\.0.*got 0\.2\.0$/,
    ],
    [
      "one without a section",
      "v2.0.0",
      { "a.json": "1.0.0" },
      /a\.json.*\nCHANGELOG\.md: expected a section/,
    ],
  ];
  for (const [what, tag, versions, message] of wrong)
    it(`are refused for a tag that says ${what}`, () => {
      assert.throws(() => releaseNotes(tag, versions, log), { message });
    });
});
