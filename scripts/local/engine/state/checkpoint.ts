// The file of one stack's state, as JSON lines: what the records are, and after each operation what has changed of them.
//
// A stack with programs in it has megabytes, and each of its hundreds of operations is recorded before and after. So
// an operation appends a line with the records that are new and the numbers of all that count; a reader takes the last
// whole line. A run begins and ends by writing one line with everything.
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PendingOperation, ResourceState } from "../model.ts";
import { isObject, type Value } from "../values.ts";
import type { Crypt } from "./crypt.ts";

const version = 3;
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
  const records = new Map<number, Value>();
  const fail = (problem: string): never => {
    throw new Error(
      `${file} ${problem}. To begin anew: npm run local -- down, then remove ${dirname(dirname(file))}`,
    );
  };
  const damaged = (index: number, what: string): never =>
    fail(`is damaged in line ${index + 1}: ${what} (was the disk full, or the file changed by hand?)`);
  let last: Line = { version, added: {}, resources: [], pending: [] };
  lines.forEach((text, index) => {
    const line = parseLine(text) ?? damaged(index, "expected a line of JSON as the engine writes it");
    if (line.version !== version)
      fail(`has version ${line.version}, expected ${version}: made by another release of this tool`);
    for (const [number, record] of Object.entries(line.added)) records.set(Number(number), record);
    last = line;
  });
  const take = <T>(numbers: number[]): T[] =>
    numbers.map((number) => {
      const record = records.get(number) ?? damaged(lines.length - 1, `record ${number} is missing`);
      return crypt.open(record) as T;
    });
  return { resources: take(last.resources), pending: take(last.pending) };
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => Number.isInteger(item));

/** A line as this or another release wrote it, or undefined. */
function parseLine(text: string): Line | undefined {
  let line: Partial<Line> | null;
  try {
    line = JSON.parse(text) as Partial<Line> | null;
  } catch {
    return undefined;
  }
  if (typeof line !== "object" || line === null || typeof line.version !== "number") return undefined;
  if (line.version !== version) return line as Line;
  const whole = isObject(line.added) && isNumbers(line.resources) && isNumbers(line.pending);
  return whole && Object.values(line.added!).every(isObject) ? (line as Line) : undefined;
}

/** Writes the file again and again while a stack changes. */
export class CheckpointWriter {
  readonly #file: string;
  readonly #crypt: Crypt;
  /** Those that the file has. */
  readonly #numbers = new Map<object, number>();
  readonly #append: typeof appendFileSync;
  #count = 0;

  constructor(file: string, crypt: Crypt, append = appendFileSync) {
    this.#file = file;
    this.#crypt = crypt;
    this.#append = append;
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
    this.#guarded(() => {
      writeFileSync(draft, this.#lineFor(records, { note }), { mode: 0o600 });
      renameSync(draft, this.#file);
    });
  }

  /** What has changed since the last time. */
  write(records: Records): void {
    if (!this.hasWritten) this.writeWhole(records);
    else this.#guarded(() => this.#append(this.#file, this.#lineFor(records)));
  }

  /** After a failure nobody knows how much of a line the file has: the next time it is written whole. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#numbers.clear();
      throw new Error(
        `${this.#file} could not be written (${(error as Error).message}): make room, then run it again`,
        { cause: error },
      );
    }
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
