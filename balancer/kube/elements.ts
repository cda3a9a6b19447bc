// Reads a long JSON array element by element while it comes in, so that a page of a list is never in memory as a whole.
//
// `JSON.parse` of a page of 500 pods takes 2.5 MB of text and some 15 MB of objects at once, of which slim records
// keep 1 %. Here only what looks like a border between two elements is looked for, which costs next to nothing: no
// object of JSON begins with a shorter one, so a piece that can be parsed is an element. Where it cannot, the border was
// one inside of the element, whose end is then counted out: who writes many such borders costs one look more, not many.

/** An array of objects in a document, as its writer spells them. */
export interface LongArray {
  /** Names of the members that lead to it: `["data", "result"]`. */
  path: string[];
  /** First member of each element, an object: `metric`. Where it is another one, the array is read as a whole. */
  first: string;
}

/**
 * Hands each element of the array to `each`, and returns the rest of the document, with that array empty.
 * @param textOf what of an element is parsed, default all of it
 * @throws SyntaxError when the text is no JSON, or ends too early
 */
export async function readElements<Rest>(
  body: AsyncIterable<Uint8Array>,
  { path, first }: LongArray,
  each: (element: unknown) => void,
  textOf: (element: Buffer) => string = (element) => element.toString("utf8"),
): Promise<Rest> {
  const last = path.at(-1)!;
  const beginning = Buffer.from(`"${last}":[{"${first}":{`);
  const toElement = `"${last}":[`.length;
  const border = Buffer.from(`},{"${first}":{`);
  /** Text before the first element; missing: it has not come yet. */
  let head: string | undefined;
  const text = new Window();
  /** Up to here no border begins in it. */
  let searched = 0;
  /** Of the element that the text begins with, when what looked like its end was none. */
  let end: EndOfObject | undefined;
  let beginnings = 0;
  /** The array has: what comes then is the rest of the document. */
  let ended = false;

  for await (const chunk of body) {
    text.add(chunk);
    let open = text.content;
    if (head === undefined) {
      const at = beginnings < maxBeginnings ? open.indexOf(beginning, searched) : -1;
      if (at >= 0) beginnings++;
      const before = at < 0 ? undefined : open.toString("utf8", 0, at + toElement);
      if (before !== undefined && arrayIn(parsed(`${before}]${"}".repeat(path.length)}`), path)) {
        head = before;
        text.drop(at + toElement);
        open = text.content;
        searched = 0;
      }
    }
    let start = 0;
    while (head !== undefined && !ended) {
      if (end) {
        const length = end.find(open.subarray(start));
        if (length === undefined) break;
        each(JSON.parse(textOf(open.subarray(start, start + length))));
        end = undefined;
        // After the last one no other follows, and what ends the array stays.
        searched = start += open[start + length] === comma ? length + 1 : length;
        ended = open[start - 1] !== comma;
        continue;
      }
      const at = open.indexOf(border, searched);
      if (at < 0) break;
      const element = parsed(textOf(open.subarray(start, at + 1)));
      if (element === undefined) end = new EndOfObject();
      else {
        each(element);
        searched = start = at + 2;
      }
    }
    text.drop(start);
    searched = Math.max(0, text.content.length - Math.max(border.length, beginning.length));
    if (text.content.length > maxBytes)
      throw new Error(`it was cut: more than ${maxBytes / 2 ** 20} MiB came without an end of an element`);
  }

  const document: unknown = JSON.parse((head ?? "") + text.content.toString("utf8"));
  const rest = arrayIn(document, path);
  for (const element of rest ?? []) each(element);
  if (rest) rest.length = 0;
  return document as Rest;
}

/** etcd stores no object above 1.5 MiB; what has no borders, and so has to be read as a whole, may be as long as this. */
const maxBytes = 256 * 2 ** 20;

/** So often something that only looks like the beginning of the array is tried; then all is read as a whole. */
const maxBeginnings = 10;

const comma = 0x2c;

/** Counts out where the object ends that a text begins with; goes on where it stopped when more has come. */
class EndOfObject {
  #at = 0;
  #depth = 0;
  #inString = false;

  /** Its length, once a byte more is there; undefined: not yet. */
  find(text: Uint8Array): number | undefined {
    while (this.#at < text.length) {
      if (this.#depth === 0 && this.#at > 0) return this.#at;
      const byte = text[this.#at++];
      if (this.#inString) {
        if (byte === 0x5c)
          this.#at++; // a backslash and what it escapes
        else if (byte === 0x22) this.#inString = false;
      } else if (byte === 0x22) this.#inString = true;
      else if (byte === 0x7b || byte === 0x5b) this.#depth++;
      else if (byte === 0x7d || byte === 0x5d) this.#depth--;
    }
    return undefined;
  }
}

/** The part of a text that is being read, in memory that is used again: a new piece for each chunk would pile up. */
class Window {
  #memory = Buffer.allocUnsafe(256 * 1024);
  #length = 0;

  /** Valid until the next change. */
  get content(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#memory.length) {
      const larger = Buffer.allocUnsafe(2 * length);
      larger.set(this.content);
      this.#memory = larger;
    }
    this.#memory.set(chunk, this.#length);
    this.#length = length;
  }

  /** @param count of bytes at its beginning */
  drop(count: number): void {
    this.#memory.copyWithin(0, count, this.#length);
    this.#length -= count;
  }
}

/** The array in a document; undefined: there is none. */
function arrayIn(document: unknown, path: string[]): unknown[] | undefined {
  let value = document;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}

/** Undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
