// Every new sample, in the order stored, to whoever listens on this replica: read once from the database, when it says
// that there are some.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../database/database.ts";
import { DatabaseDown } from "../database/errors.ts";
import { type Numbered, samplesAfter, sequence } from "../database/samples.ts";
import { Busy } from "../database/turns.ts";

export interface Listener {
  samples(samples: readonly Numbered[]): void;
  /** What came before `seq` is no longer there to be sent. */
  reset(seq: number, reason: string): void;
  /** It has taken in what it was sent, or is gone: what it missed is read no faster. */
  drained(): Promise<void>;
  /** It wants nothing any more. */
  readonly signal: AbortSignal;
}

const pageSize = 500;
/** Who missed more is better off with history. */
const maxMissed = 2000;
/** Before another attempt of somebody who joins a busy database. */
const busyMs = 1000;

export class SampleFeed {
  readonly #database: Database;
  readonly #log: Logger;
  /** With the number up to which each had everything when it joined. */
  readonly #listeners = new Map<Listener, number>();
  /** Everything up to here has been sent to all listeners; undefined while nobody listens. */
  #position: number | undefined;
  #reading = false;
  #again = false;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
    database.on("stored", () => this.#wake());
    database.link.on("change", ({ up }) => {
      if (up) void this.#resume();
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /**
   * Sends what came after `seq`, then everything new, without a gap in between; without `seq` only what is new.
   * Waits for the database. Returns when the listener is up to date.
   */
  async listen(listener: Listener, seq: number | undefined): Promise<void> {
    let position = seq;
    while (!listener.signal.aborted) {
      try {
        position = position === undefined ? await this.#current() : await this.#catchUp(listener, position);
        if (listener.signal.aborted) return;
        this.#position ??= position;
        // No turn of the event loop lies between this look and the entry, so nothing can come in between.
        if (position >= this.#position) {
          this.#listeners.set(listener, position);
          listener.signal.addEventListener("abort", () => this.#leave(listener));
          this.#wake();
          return;
        }
      } catch (error) {
        if (error instanceof Busy)
          await delay(busyMs, undefined, { signal: listener.signal }).catch(() => undefined);
        else if (!(error instanceof DatabaseDown)) throw error;
        else if (!this.#database.link.up) {
          await once(this.#database.link, "change", { signal: listener.signal }).catch(() => undefined);
        }
      }
    }
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#position = undefined;
  }

  async #current(): Promise<number> {
    return this.#position ?? (await sequence(this.#database.reads)).last;
  }

  /** Sends page after page; returns the position reached. */
  async #catchUp(listener: Listener, from: number): Promise<number> {
    const { last, oldest = last + 1 } = await sequence(this.#database.reads);
    // Numbers have gaps, so `oldest` is compared with the next one only when something was removed before it.
    if (from > last || from + 1 < oldest || last - from > maxMissed) {
      const reason =
        from > last ? "the database is another one" : "too much was missed, or it is no longer kept";
      listener.reset(last, reason);
      return last;
    }
    let position = from;
    for (;;) {
      const page = await samplesAfter(this.#database.reads, position, pageSize);
      if (page.length === 0) return Math.max(position, last);
      listener.samples(page);
      await listener.drained();
      position = page[page.length - 1]!.seq;
      if (page.length < pageSize || listener.signal.aborted) return position;
    }
  }

  /** The database is back; when it is not the one that it was, positions mean nothing. */
  async #resume(): Promise<void> {
    if (this.#position === undefined) return;
    try {
      const { last } = await sequence(this.#database);
      if (this.#position !== undefined && last < this.#position) {
        this.#position = last;
        for (const listener of this.#listeners.keys()) listener.reset(last, "the database is another one");
      }
      this.#wake();
    } catch (error) {
      if (error instanceof Busy) this.#wakeLater();
      else if (!(error instanceof DatabaseDown)) this.#log.error({ err: error }, "the feed cannot go on");
    }
  }

  /** However many notifications come while it reads, one more look is enough. */
  #wake(): void {
    this.#again = true;
    if (!this.#reading) void this.#read();
  }

  #wakeLater(): void {
    setTimeout(() => this.#wake(), busyMs).unref();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#again && this.#position !== undefined) {
      this.#again = false;
      const from = this.#position;
      try {
        const page = await samplesAfter(this.#database, from, pageSize);
        // Nobody left, or the database was replaced, while it was read.
        if (this.#position !== from) continue;
        const newest = page[page.length - 1];
        if (!newest) continue;
        this.#position = newest.seq;
        for (const [listener, had] of this.#listeners) {
          const missing = page[0]!.seq > had ? page : page.filter(({ seq }) => seq > had);
          if (missing.length > 0) listener.samples(missing);
        }
        if (page.length === pageSize) this.#again = true;
      } catch (error) {
        // Down: `#resume` goes on from the same position.
        if (error instanceof Busy) this.#wakeLater();
        else if (!(error instanceof DatabaseDown))
          this.#log.error({ err: error }, "samples cannot be read for the feed");
        break;
      }
    }
    this.#reading = false;
  }
}
