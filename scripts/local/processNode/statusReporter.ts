// Tells the API server a pod's status: one request at a time, the newest status, again until it arrived.
import { setTimeout as delay } from "node:timers/promises";
import { isNotFound } from "../kube.ts";

export class StatusReporter {
  private readonly send: () => Promise<void>;
  private readonly log: (line: string) => void;
  private wanted = false;
  private stopped = false;
  private sending: Promise<void> | undefined;

  constructor(send: () => Promise<void>, log: (line: string) => void) {
    this.send = send;
    this.log = log;
  }

  /** Something changed. */
  request(): void {
    this.wanted = true;
    this.sending ??= this.run().finally(() => (this.sending = undefined));
  }

  /** Resolves when everything is told, or after `timeoutMs`: a dead API server must not hold up a stop. */
  async flush(timeoutMs = 5000): Promise<void> {
    if (this.sending !== undefined)
      await Promise.race([this.sending, delay(timeoutMs, undefined, { ref: false })]);
  }

  /** No further attempts. */
  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    let waitMs = 500;
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      try {
        await this.send();
      } catch (error) {
        if (isNotFound(error)) return this.stop(); // the pod is gone, and the watch will say so
        this.log(`status: ${(error as Error).message}`);
        this.wanted = true;
        waitMs = Math.min(2 * waitMs, 30_000);
        await delay(waitMs, undefined, { ref: false });
      }
    }
  }
}
