// Removes samples that are older than configured, every few minutes; each replica does, they do not get in each other's way.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "./database.ts";
import { DatabaseDown } from "./errors.ts";
import { removeOlder } from "./samples.ts";

const hourMs = 3_600_000;

/** Runs until `signal`. */
export async function keepRetention(
  database: Database,
  hours: number,
  log: Logger,
  signal: AbortSignal,
  wait: (ms: number) => Promise<unknown> = (ms) => delay(ms, undefined, { signal }).catch(() => undefined),
): Promise<void> {
  // Of a day twelve times an hour: at most a fraction of a percent more than wanted is kept.
  const pauseMs = Math.min(300_000, (hours * hourMs) / 20);
  while (!signal.aborted) {
    try {
      const removed = database.link.up ? await removeOlder(database, Date.now() - hours * hourMs) : 0;
      if (removed > 0) log.info({ removed }, "removed old samples");
    } catch (error) {
      if (!(error instanceof DatabaseDown)) log.error({ err: error }, "old samples cannot be removed");
    }
    await wait(pauseMs);
  }
}
