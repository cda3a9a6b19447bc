// A log that nobody reads, and waiting for what must come about.
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";

export const silent = pino({ level: "silent" });

/** Waits until `condition` holds; the message says what did not. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = Number(process.env["UNTIL_MS"] ?? 50_000), // less where most waits are in vain: `npm run mutate`
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`within ${timeoutMs} ms it did not come about: ${what}`);
    await delay(5);
  }
}
