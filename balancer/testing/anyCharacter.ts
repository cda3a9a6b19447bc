// Any character of Unicode, as fast-check's unit "binary": that one writes a table of all 1.1 million to find its way back
// when it makes a text smaller, for a second in each process that asks for it.
import fc from "fast-check";

/** Halves of pairs, which are no characters by themselves. */
const halves = { first: 0xd800, count: 0x800 };

export const anyCharacter: fc.Arbitrary<string> = fc
  .nat({ max: 0x10ffff - halves.count })
  .map((n) => String.fromCodePoint(n < halves.first ? n : n + halves.count), numberOf);

/** @throws for what is not one character */
function numberOf(character: unknown): number {
  const code = typeof character === "string" ? (character.codePointAt(0) ?? NaN) : NaN;
  const isHalf = code >= halves.first && code < halves.first + halves.count;
  if (Number.isNaN(code) || isHalf || String.fromCodePoint(code) !== character)
    throw new Error(`not one character: ${JSON.stringify(character)}`);
  return code < halves.first ? code : code - halves.count;
}
