// The records file (JSONL): what a phase keeps of the answers, and what a later phase posts.
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Sample } from "../../k8s/backend/src/schemas.ts";
import { InputError, rootCause } from "../../balancer/failures.ts";

export class RecordsFile {
  readonly #file: string;
  #descriptor: number | undefined;
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Empties the file: nobody posts what an earlier run kept, taking it for this run's. @throws InputError */
  open(): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      this.#descriptor = openSync(this.#file, "w", 0o600);
      this.#count = 0;
    } catch (error) {
      throw new InputError(`cannot write records: ${rootCause(error)}`);
    }
  }

  /** Adds an answer as a line; few are kept, so writing them at once holds up nobody. @throws Error when it cannot */
  add(answer: string): void {
    const line = JSON.stringify(JSON.parse(answer));
    writeSync(this.#descriptor!, `${line}\n`);
    this.#count++;
  }

  /** Returns how many were added since it was opened. */
  close(): number {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    return this.#count;
  }

  /** @throws InputError when it cannot be read, or a line is no object */
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
