// For cluster tests: what is asserted need not hold at once, as others are still at work, but it must come to hold.
import { setTimeout as delay } from "node:timers/promises";

/** Tries until it throws no more, and returns what it returns. @throws what it threw last, when the time is over */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 300_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(500);
  }
}
