// A loop that never overlaps with itself and never ends by an error.
import { setTimeout as delay } from "node:timers/promises";

export interface Loop {
  /** Returns when the round under way has ended. */
  stop(): Promise<void>;
}

/** Runs `work`, waits `intervalMs`, and so on. An error is logged once until it changes or goes. */
export function repeat(
  name: string,
  intervalMs: number,
  work: () => Promise<void>,
  log: (line: string) => void,
): Loop {
  const stopping = new AbortController();
  let lastError = "";
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await work();
        lastError = "";
      } catch (error) {
        const message = error instanceof Error ? error.message.split("\n")[0]! : String(error);
        if (message !== lastError) log(`${name}: ${message}`);
        lastError = message;
      }
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
