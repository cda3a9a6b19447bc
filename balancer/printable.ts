// Text from outside as it may go to a terminal, an Event or a log: names and messages of others can carry characters that
// move the cursor, color what follows, or turn the order of reading around (CVE-2021-42574).

/** Controls, formats (among them those of direction), separators of lines, halves of pairs, private ones; not `\n`. */
const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** Each such character as `\u{1b}`; everything else as it is. */
export const printable = (text: string): string =>
  text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** The same on one line, whatever breaks it had. */
export const printableLine = (text: string): string => printable(text.replace(/\s*[\r\n]+\s*/g, " "));

/** JSON leaves most of them as they are; written as `\u009b` they mean the same to whoever parses it. */
export const printableJson = (json: string): string =>
  json.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
