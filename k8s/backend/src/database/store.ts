// Stores samples. Requests that come while an insert is under way share the next one, so that a commit carries many.
import type { Counts, Sample } from "../schemas.ts";
import { type Row, insertRows } from "./insert.ts";
import type { Queries } from "./queries.ts";

export interface StoreOptions {
  retentionHours: number;
  /** Measures itself here: nobody else's word counts, also before its first sample. */
  machine?: string;
  now?: () => number;
  /** Rows of one insert at most. */
  maxRows?: number;
  /** Rows that may wait; more are refused. */
  maxWaiting?: number;
  /** After each insert: how many rows were new. */
  onStored?: (counts: { rows: number; stored: number }) => void;
}

/** Too much is waiting already. */
export class StoreBusy extends Error {
  override name = "StoreBusy";
}

/** Clocks of senders may be so far ahead; their samples then bear the present time. */
const futureMs = 60_000;

/** `own`: measured by a backend on that machine; `posted`: whoever has the token says so. */
type Source = "own" | "posted";

interface Request {
  rows: Row[];
  outside: number;
  done: (counts: Counts) => void;
  fail: (error: unknown) => void;
}

export class SampleStore {
  readonly #database: Queries;
  readonly #options: Required<StoreOptions>;
  #waiting: Request[] = [];
  #waitingRows = 0;
  #busy: Promise<void> | undefined;

  constructor(database: Queries, options: StoreOptions) {
    this.#database = database;
    this.#options = {
      now: Date.now,
      machine: "",
      maxRows: 1000,
      maxWaiting: 20_000,
      onStored: () => undefined,
      ...options,
    };
  }

  /** @throws StoreBusy when not even one more may wait: to be asked before a body is read */
  expectRoom(rows = 1): void {
    const { maxWaiting } = this.#options;
    if (this.#waitingRows + rows <= maxWaiting) return;
    throw new StoreBusy(`More than ${maxWaiting} samples are waiting to be stored: try again later`);
  }

  /** Returns once they are committed. @throws DatabaseDown, StoreBusy; then it may be repeated without harm */
  async store(samples: readonly Sample[], source: Source = "posted"): Promise<Counts> {
    const rows = this.#rowsOf(samples, source);
    const outside = samples.length - rows.length;
    if (rows.length === 0) return { stored: 0, known: 0, outside };
    this.expectRoom(rows.length);
    const { promise, resolve, reject } = Promise.withResolvers<Counts>();
    this.#waiting.push({ rows, outside, done: resolve, fail: reject });
    this.#waitingRows += rows.length;
    this.#busy ??= this.#work();
    return promise;
  }

  /** Returns when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  #rowsOf(samples: readonly Sample[], source: Source): Row[] {
    const { now: clock, retentionHours, machine } = this.#options;
    const now = clock();
    const earliest = now - retentionHours * 3_600_000;
    const own = source === "own";
    return samples.flatMap((sample) => {
      const said = Date.parse(sample.time);
      // Also drops what is a date-time by its form only, such as a leap second.
      if (!(said >= earliest && said <= now + futureMs)) return [];
      if (!own && sample.machine === machine) return [];
      // A time to come would be taken from the sample that is measured then.
      const at = own ? said : Math.min(said, now);
      const time = new Date(at).toISOString();
      return [{ key: `${sample.machine} ${at}`, own, sample, time }];
    });
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // requests of the same turn of the event loop go together
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        await this.#insert(batch);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    this.#busy = undefined;
  }

  #take(): Request[] {
    let rows = 0;
    let requests = 0;
    for (const request of this.#waiting) {
      if (requests > 0 && rows + request.rows.length > this.#options.maxRows) break;
      rows += request.rows.length;
      requests++;
    }
    this.#waitingRows -= rows;
    return this.#waiting.splice(0, requests);
  }

  async #insert(batch: Request[]): Promise<void> {
    const unique = new Map<string, Row>();
    for (const { rows } of batch) {
      for (const row of rows) if (row.own || !unique.has(row.key)) unique.set(row.key, row);
    }
    const all = [...unique.values()];
    const { stored: fresh, refused } = await insertRows(this.#database, all);
    this.#options.onStored({ rows: all.length - refused.size, stored: fresh.size });
    for (const { rows, outside, done } of batch) {
      let [stored, others] = [0, 0];
      for (const { key } of rows) {
        // A row that came twice in this batch is new to the first who sent it.
        if (fresh.delete(key)) stored++;
        else if (refused.has(key)) others++;
      }
      done({ stored, known: rows.length - stored - others, outside: outside + others });
    }
  }
}
