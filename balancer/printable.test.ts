import assert from "node:assert/strict";
import fc from "fast-check";
import { printable, printableJson, printableLine } from "./printable.ts";
import { anyCharacter } from "./testing/anyCharacter.ts";

describe("text for terminals and Events", () => {
  const cases: [text: string, shown: string][] = [
    ["nginx-demo → spot: 3 %, “idle”", "nginx-demo → spot: 3 %, “idle”"],
    ["a\u001b[2Jb", "a\\u{1b}[2Jb"],
    ["a\u009b31mb", "a\\u{9b}31mb"],
    ["user\u202emda", "user\\u{202e}mda"],
    ["one\ntwo\r", "one\ntwo\\u{d}"],
    ["\ud800x\u{1f600}", "\\u{d800}x\u{1f600}"],
    ["a\u2028b\ufeff", "a\\u{2028}b\\u{feff}"],
  ];
  for (const [text, shown] of cases) {
    it(`shows what it cannot print as its code: ${JSON.stringify(shown)}`, () =>
      assert.equal(printable(text), shown));
  }

  it("is on one line where it has to be", () => {
    assert.equal(printableLine("first\r\n  second\nthird\u0007"), "first second third\\u{7}");
  });

  it("in JSON says the same to whoever parses it, without any such character", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: anyCharacter }), (value) => {
        const json = printableJson(JSON.stringify(value));
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
        assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
