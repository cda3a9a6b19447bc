// Stores samples. Requests that come while an insert is under way share the next one, so that a commit carries many.
import type pg from "pg";
import type { Counts, Sample } from "../schemas.ts";

/** What it needs of the database. */
export interface Queries {
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

export interface StoreOptions {
  retentionHours: number;
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

const futureMs = 60_000;

interface Row {
  key: string;
  sample: Sample;
  /** ISO 8601 with milliseconds, as the database keeps it. */
  time: string;
}

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
      maxRows: 1000,
      maxWaiting: 20_000,
      onStored: () => undefined,
      ...options,
    };
  }

  /** Returns once they are committed. @throws DatabaseDown, StoreBusy; then it may be repeated without harm */
  async store(samples: readonly Sample[]): Promise<Counts> {
    const { maxWaiting } = this.#options;
    const rows = this.#rowsOf(samples);
    const outside = samples.length - rows.length;
    if (rows.length === 0) return { stored: 0, known: 0, outside };
    if (this.#waitingRows + rows.length > maxWaiting) {
      throw new StoreBusy(`More than ${maxWaiting} samples are waiting to be stored: try again later`);
    }
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

  #rowsOf(samples: readonly Sample[]): Row[] {
    const now = this.#options.now();
    const earliest = now - this.#options.retentionHours * 3_600_000;
    return samples.flatMap((sample) => {
      const at = Date.parse(sample.time);
      // Also drops what is a date-time by its form only, such as a leap second.
      if (!(at >= earliest && at <= now + futureMs)) return [];
      const time = new Date(at).toISOString();
      return [{ key: `${sample.machine} ${at}`, sample, time }];
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
    for (const { rows } of batch) for (const row of rows) if (!unique.has(row.key)) unique.set(row.key, row);
    const all = [...unique.values()];
    const { rows: stored } = await this.#database.query<{ machine: string; at: number }>({
      name: "store",
      text: insert,
      values: columnsOf(all),
    });
    this.#options.onStored({ rows: all.length, stored: stored.length });
    // A row that came twice in this batch is new to the first who sent it.
    const fresh = new Set(stored.map(({ machine, at }) => `${machine} ${at}`));
    for (const { rows, outside, done } of batch) {
      let count = 0;
      for (const { key } of rows) if (fresh.delete(key)) count++;
      done({ stored: count, known: rows.length - count, outside });
    }
  }
}

const insert = `
  INSERT INTO samples (machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used, processes)
  SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::real[], $4::smallint[], $5::bigint[], $6::bigint[], $7::jsonb[])
  ON CONFLICT (machine, taken_at) DO NOTHING
  RETURNING machine, (extract(epoch FROM taken_at) * 1000)::float8 AS at`;

const columnsOf = (rows: Row[]): unknown[] => [
  rows.map(({ sample }) => sample.machine),
  rows.map(({ time }) => time),
  rows.map(({ sample }) => sample.cpu.utilization),
  rows.map(({ sample }) => sample.cpu.cores),
  rows.map(({ sample }) => sample.memory.totalBytes),
  rows.map(({ sample }) => sample.memory.usedBytes),
  rows.map(({ sample }) => (sample.processes ? JSON.stringify(sample.processes) : null)),
];
