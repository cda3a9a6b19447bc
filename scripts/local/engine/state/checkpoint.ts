// The file of one stack's state, as JSON lines: what the records are, and after each operation what has changed of them.
//
// A stack with programs in it has megabytes, and each of its hundreds of operations is recorded before and after. So
// an operation appends a line with the records that are new and the numbers of all that count; a reader takes the last
// whole line. A run begins and ends by writing one line with everything.
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PendingOperation, ResourceState } from "../model.ts";
import type { Value } from "../values.ts";
import type { Crypt } from "./crypt.ts";

const version = 2;
const note =
  "State of spot-balancer's embedded engine, for local stacks only. Secrets are encrypted with the key beside it.";

/** A record is replaced when something of it changes, and never changed itself. */
export interface Records {
  resources: readonly Readonly<ResourceState>[];
  pending: readonly Readonly<PendingOperation>[];
}

interface Line {
  version: number;
  /** Those that no line before has, sealed. */
  added: Record<number, Value>;
  resources: number[];
  pending: number[];
}

/** @returns undefined when there is no such file */
export function readCheckpoint(file: string, crypt: Crypt): Records | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const [whole = "", ...changes] = text.split("\n");
  // After the last line end stands nothing, or what a killed process had not written to its end.
  const lines = [whole, ...changes.slice(0, -1)];
  const records = new Map<number, unknown>();
  let last: Line | undefined;
  for (const line of lines) {
    last = JSON.parse(line) as Line;
    if (last.version !== version) {
      throw new Error(
        `${file} has version ${last.version}, expected ${version}: made by another release of this tool. ` +
          `To begin anew: npm run local -- down, then remove ${dirname(dirname(file))}`,
      );
    }
    for (const [number, record] of Object.entries(last.added)) records.set(Number(number), record);
  }
  const take = <T>(numbers: number[] = []) =>
    numbers.map((number) => crypt.open(records.get(number) as Value) as T);
  return { resources: take(last?.resources), pending: take(last?.pending) };
}

/** Writes the file again and again while a stack changes. */
export class CheckpointWriter {
  readonly #file: string;
  readonly #crypt: Crypt;
  /** Those that the file has. */
  readonly #numbers = new Map<object, number>();
  #count = 0;

  constructor(file: string, crypt: Crypt) {
    this.#file = file;
    this.#crypt = crypt;
  }

  /** Whether there is a file of its making. */
  get hasWritten(): boolean {
    return this.#numbers.size > 0;
  }

  remove(): void {
    this.#numbers.clear();
    rmSync(this.#file, { force: true });
  }

  /** Everything in one line, and in one step: a reader sees the old or the new file. */
  writeWhole(records: Records): void {
    this.#numbers.clear();
    const draft = `${this.#file}.new`;
    writeFileSync(draft, this.#lineFor(records, { note }), { mode: 0o600 });
    renameSync(draft, this.#file);
  }

  /** What has changed since the last time. */
  write(records: Records): void {
    if (!this.hasWritten) this.writeWhole(records);
    else appendFileSync(this.#file, this.#lineFor(records));
  }

  #lineFor({ resources, pending }: Records, more: object = {}): string {
    const added: Line["added"] = {};
    const numberOf = (record: object): number => {
      let number = this.#numbers.get(record);
      if (number === undefined) {
        number = this.#count++;
        this.#numbers.set(record, number);
        added[number] = this.#crypt.seal(record as unknown as Value);
      }
      return number;
    };
    const line: Line = {
      version,
      resources: resources.map(numberOf),
      pending: pending.map(numberOf),
      added,
    };
    return `${JSON.stringify({ ...more, ...line })}\n`;
  }
}
