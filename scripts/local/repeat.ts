// A loop that never overlaps with itself and never ends by an error.
import { setTimeout as delay } from "node:timers/promises";

/**
 * Runs `work`, waits `intervalMs`, and so on until the signal; returns when the round under way has ended.
 * An error is logged once until it changes or goes.
 */
export async function repeat(
  name: string,
  intervalMs: number,
  work: () => Promise<void>,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let lastError = "";
  while (!signal.aborted) {
    try {
      await work();
      lastError = "";
    } catch (error) {
      const message = error instanceof Error ? error.message.split("\n")[0]! : String(error);
      if (message !== lastError && !signal.aborted) log(`${name}: ${message}`);
      lastError = message;
    }
    await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
