// Reads a long JSON array element by element while it comes in, so that a page of a list is never in memory as a whole.
//
// `JSON.parse` of a page of 500 pods takes 2.5 MB of text and some 15 MB of objects at once, of which slim records
// keep 1 %. Here only the borders of elements are looked for, and each element is parsed by itself.

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Hands each element of the arrays of objects at `depth` to `each`, and returns the rest of the document, with those
 * arrays empty. Arrays count into the depth: `items` of `{"items":[…]}` is at 2, `result` of `{"data":{"result":[…]}}` at 3.
 * @param textOf what of an element is parsed, default all of it
 * @throws SyntaxError when the text is no JSON, or ends too early
 */
export async function readElements<Rest>(
  body: AsyncIterable<Uint8Array>,
  depth: number,
  each: (element: unknown) => void,
  textOf: (element: Buffer) => string = (element) => element.toString("utf8"),
): Promise<Rest> {
  const splitter = new Splitter(depth, (element) => each(JSON.parse(textOf(element))));
  for await (const chunk of body)
    splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  return splitter.end() as Rest;
}

class Splitter {
  readonly #depth: number;
  readonly #each: (element: Buffer) => void;
  /** Text outside of the elements. */
  #rest = "";
  /** Beginning of the element, or of the text outside, that the chunks before this one ended in. */
  #open: Buffer[] = [];
  #nesting = 0;
  #inString = false;
  /** The byte before was an escaping backslash. */
  #escaped = false;
  #inElement = false;
  /** What is open at `depth` is an array. */
  #inArray = false;
  /** An element has just ended: the comma after it goes with it. */
  #afterElement = false;

  constructor(depth: number, each: (element: Buffer) => void) {
    this.#depth = depth;
    this.#each = each;
  }

  push(chunk: Buffer): void {
    // Local copies: this loop sees every byte of every page.
    const depth = this.#depth;
    let nesting = this.#nesting;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
      } else if (byte === quote) {
        inString = true;
      } else if (byte === openBrace || byte === openBracket) {
        if (nesting === depth - 1) this.#inArray = byte === openBracket;
        if (nesting === depth && this.#inArray && byte === openBrace) {
          this.#rest += this.#take(chunk, start, at).toString();
          this.#inElement = true;
          start = at;
        }
        nesting++;
      } else if (byte === closeBrace || byte === closeBracket) {
        nesting--;
        if (nesting === depth && this.#inElement) {
          this.#each(this.#take(chunk, start, at + 1));
          this.#inElement = false;
          this.#afterElement = true;
          start = at + 1;
        }
      } else if (byte === comma && nesting === depth && this.#afterElement) {
        this.#rest += this.#take(chunk, start, at).toString();
        this.#afterElement = false;
        start = at + 1;
      }
    }
    if (start < chunk.length) this.#open.push(chunk.subarray(start));
    this.#nesting = nesting;
    this.#inString = inString;
    this.#escaped = escaped;
  }

  end(): unknown {
    if (this.#nesting !== 0 || this.#inElement) throw new SyntaxError("the answer ends in the middle");
    return JSON.parse(this.#rest + Buffer.concat(this.#open).toString());
  }

  /** What is open, up to `end` in this chunk. */
  #take(chunk: Buffer, start: number, end: number): Buffer {
    const last = chunk.subarray(start, end);
    if (this.#open.length === 0) return last;
    const whole = Buffer.concat([...this.#open, last]);
    this.#open = [];
    return whole;
  }
}
