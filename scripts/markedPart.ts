// The part of a document that a program writes: it stands between two marks, and is made anew as a whole. Pure.

/** The lines before and behind it, as they stand in the document. */
export type Marks = readonly [start: string, end: string];

/** What stands between the marks. @throws Error in a text that has no such part */
export function markedPart(text: string, marks: Marks): string {
  const [from, to] = placesOf(text, marks);
  return text.slice(from, to);
}

/** The text with another part between the marks. @throws Error in a text that has no such part */
export function withMarkedPart(text: string, marks: Marks, part: string): string {
  const [from, to] = placesOf(text, marks);
  return `${text.slice(0, from)}\n\n${part}\n\n${text.slice(to)}`;
}

function placesOf(text: string, [start, end]: Marks): [from: number, to: number] {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected the lines "${start}" and "${end}" in the text`);
  return [from + start.length, to];
}
