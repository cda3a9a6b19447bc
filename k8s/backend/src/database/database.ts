// The way to PostgreSQL: a pool for queries, and one connection that listens, tells whether the database is there, and
// comes back by itself.
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import pg from "pg";
import { rootCause } from "../../../../balancer/failures.ts";
import { backoffMs } from "../backoff.ts";
import { Link } from "../link.ts";
import { DatabaseDown, isOutage, tookTooLong } from "./errors.ts";
import { expectMigrated } from "./migrate.ts";
import type { Queries } from "./queries.ts";
import { Busy, Turns } from "./turns.ts";

export interface DatabaseOptions {
  connection: pg.ClientConfig;
  connections: number;
  log: Logger;
  /** Milliseconds between two looks at an idle connection. */
  pingMs?: number;
  /** How many reads may wait for a connection, and how long. */
  readTurns?: { waiting: number; waitMs: number };
  /** Wait after the first failure, and the longest; milliseconds. */
  backoff?: [first: number, most: number];
}

/** Name of the channel on which the table of samples says that it has new rows. */
const channel = "samples";

export class Database extends EventEmitter<{ stored: [] }> {
  readonly link = new Link("not connected yet");
  /** For queries; without a connection as long as the database is down. */
  readonly pool: pg.Pool;
  /** What clients ask for: only so many of them at a time that storing and the feed always find a connection. */
  readonly reads: Queries;
  readonly #options: DatabaseOptions;
  readonly #stop = new AbortController();
  readonly #connection: pg.ClientConfig;
  /** Ends the connection that listens, so that it is made anew. */
  #suspect: ((reason: Error) => void) | undefined;
  #running: Promise<void> | undefined;
  readonly #tried = Promise.withResolvers<void>();

  constructor(options: DatabaseOptions) {
    super();
    this.#options = options;
    // Every wait ends: a network that drops packets gives no errors.
    const limits = { connectionTimeoutMillis: 5000, query_timeout: 15_000, statement_timeout: 14_000 };
    this.#connection = { ...options.connection, ...limits, keepAlive: true };
    this.pool = new pg.Pool({ ...this.#connection, max: options.connections, idleTimeoutMillis: 30_000 });
    const turns = new Turns({
      running: Math.max(1, options.connections - 2),
      ...{ waiting: 50, waitMs: 3000, ...options.readTurns },
    });
    this.reads = { query: (query) => turns.take(() => this.query(query)) };
    this.pool.on("error", (error) => this.#suspect?.(error)); // an idle connection broke
  }

  start(): void {
    this.#running ??= this.#keepConnected();
  }

  /** Over once the first attempt is, however it ended; seconds at most. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.pool.end();
  }

  /**
   * @throws DatabaseDown at once while the database is known to be down, and when it turns out to be
   * @throws Busy when it has too much to do
   */
  async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    if (!this.link.up) throw new DatabaseDown(`The database cannot be used: ${this.link.state.problem}`);
    try {
      return await this.pool.query<Row>(query);
    } catch (error) {
      if (tookTooLong(error))
        throw new Busy("the database has too much to do: try again later", { cause: error });
      if (!isOutage(error)) throw error;
      this.#suspect?.(error as Error);
      throw new DatabaseDown(`The database cannot be used: ${rootCause(error)}`, { cause: error });
    }
  }

  async #keepConnected(): Promise<void> {
    const { log, backoff: [first, most] = [250, 10_000] } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      const client = new pg.Client(this.#connection);
      try {
        const broken = brokenPromise(client);
        this.#suspect = broken.break;
        await Promise.race([this.#begin(client), broken.promise]);
        failures = 0;
        this.link.setUp();
        this.#tried.resolve();
        log.info("the database is up");
        await Promise.race([this.#ping(client, signal), broken.promise]);
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        const problem = rootCause(error);
        const waitMs = backoffMs(failures, first, most, Math.random);
        if (this.link.up || failures === 1) log.warn({ problem }, "the database is down");
        this.link.setDown(problem);
        this.#tried.resolve();
        await delay(waitMs, undefined, { signal }).catch(() => undefined);
      } finally {
        this.#suspect = undefined;
        void client.end().catch(() => undefined);
      }
    }
    this.link.setDown("shutting down");
  }

  async #begin(client: pg.Client): Promise<void> {
    client.on("notification", () => this.emit("stored"));
    await client.connect();
    await expectMigrated(client);
    await client.query(`LISTEN ${channel}`);
  }

  /** Ends with the program; throws when the database no longer answers. */
  async #ping(client: pg.Client, signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(this.#options.pingMs ?? 5000, undefined, { signal });
      await client.query("SELECT 1");
    }
  }
}

/** Rejects when the connection breaks, or somebody else saw that it must be broken. */
function brokenPromise(client: pg.Client): { promise: Promise<never>; break: (reason: Error) => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  client.on("error", reject);
  client.once("end", () => reject(new Error("the database closed the connection")));
  return { promise, break: reject };
}
