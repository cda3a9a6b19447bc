// Waits for a condition with a deadline. By itself, since not all who wait speak to a cluster, whose client takes long to load.
import { setTimeout as delay } from "node:timers/promises";

interface WaitOptions {
  /** What is waited for, in words that end the sentence "waited … for …". */
  what: string;
  timeoutMs: number;
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Asks until the answer is neither undefined nor false, and returns it.
 * Throws when the deadline passes, with the last error if asking failed.
 */
export async function waitFor<T>(
  ask: () => T | Promise<T | undefined | false> | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`waited ${Math.round(options.timeoutMs / 1000)} s for ${options.what}, in vain`, {
        cause: lastError,
      });
    }
    await delay(options.intervalMs ?? 200, undefined, { signal: options.signal });
  }
}
