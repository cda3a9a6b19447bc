// Measures the machine again and again, and has the samples stored; while the database is down it keeps the newest.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Counts, Sample } from "../schemas.ts";
import { type Reading, sampleOf } from "./reading.ts";

export interface CollectorOptions {
  machine: string;
  intervalMs: number;
  read: () => Promise<Reading>;
  store: (samples: Sample[]) => Promise<Counts>;
  log: Logger;
  signal: AbortSignal;
  now?: () => number;
  /** Samples that wait for the database at most. */
  maxKept?: number;
}

/** Runs until `signal`. */
export async function collect(options: CollectorOptions): Promise<void> {
  const { machine, intervalMs, read, store, log, signal, now = Date.now, maxKept = 900 } = options;
  const kept: Sample[] = [];
  let storing = false;
  let before: Reading | undefined;

  // One store at a time; measuring goes on meanwhile.
  const storeKept = async (): Promise<void> => {
    if (storing) return;
    storing = true;
    const sent = kept.slice(0, 1000);
    try {
      await store(sent);
      kept.splice(0, sent.length);
    } catch (error) {
      log.debug({ err: error, kept: kept.length }, "samples wait for the database");
    }
    storing = false;
  };

  let tick = 0;
  while (!signal.aborted) {
    // Replicas on one machine measure at the same moments, so that its samples have the same key: one is kept.
    // Timers come a little early now and then: that must not make two samples of one moment.
    tick = Math.max(tick, Math.floor(now() / intervalMs) * intervalMs) + intervalMs;
    try {
      await delay(tick - now(), undefined, { signal });
    } catch {
      return;
    }
    try {
      const after = await read();
      if (before) kept.push(sampleOf(machine, before, after, tick));
      before = after;
    } catch (error) {
      log.warn({ err: error }, "the machine cannot be measured");
    }
    if (!storing) kept.splice(0, kept.length - maxKept);
    if (kept.length > 0) void storeKept();
  }
}
