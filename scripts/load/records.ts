// The records file (JSONL): what a phase keeps of the answers, and what a later phase posts.
import { once } from "node:events";
import { type WriteStream, createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Sample } from "../../k8s/backend/src/schemas.ts";
import { InputError, rootCause } from "../../balancer/failures.ts";

export class RecordsFile {
  readonly #file: string;
  #stream: WriteStream | undefined;
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Adds an answer as a line; the first one empties the file. @throws SyntaxError when it is no JSON */
  add(answer: string): void {
    const line = JSON.stringify(JSON.parse(answer));
    this.#stream ??= this.#open();
    this.#stream.write(`${line}\n`);
    this.#count++;
  }

  #open(): WriteStream {
    mkdirSync(dirname(this.#file), { recursive: true });
    return createWriteStream(this.#file, { mode: 0o600 });
  }

  /** Returns how many were added since the file was opened, once all of them are written. */
  async close(): Promise<number> {
    const [stream, count] = [this.#stream, this.#count];
    this.#stream = undefined;
    this.#count = 0;
    if (stream) {
      stream.end();
      await once(stream, "close");
    }
    return count;
  }

  /** @throws InputError when there are none, or one is no object */
  read(): Sample[] {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      throw new InputError(
        `cannot read records: ${rootCause(error)}; a phase with \`record\` writes them first`,
      );
    }
    const lines = text.split("\n").filter((line) => line !== "");
    if (lines.length === 0) throw new InputError(`${this.#file} has no records`);
    return lines.map((line, index) => {
      try {
        const record: unknown = JSON.parse(line);
        // The API checks the rest.
        if (typeof record === "object" && record !== null) return record as Sample;
      } catch {
        // the same as another kind of JSON
      }
      throw new InputError(`${this.#file}:${index + 1}: expected a JSON object, got ${line.slice(0, 60)}`);
    });
  }
}
