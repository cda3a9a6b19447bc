// When rounds are started: soon after something was seen, one at a time, one every few seconds, and again while there is
// something left to do. Knows nothing of what a round is.
import type { Cause } from "./nodes.ts";

/** `More`: it was done, and pods are still where they must not stay. `Held`: another balancer acts just now. */
export type Ended = "Done" | "More" | "Held" | "Failed";

export interface RoundEnded {
  causes: Cause[];
  ended: Ended;
  /** Since the first of its causes was seen; missing: it only went on with what another one has begun. */
  tookMs?: number;
}

export interface PaceOptions {
  /** Between the starts of two rounds. */
  pauseMs: number;
  signal: AbortSignal;
  /** Any clock that never goes back; ms. */
  now: () => number;
  /** Also ends when the signal comes. */
  wait: (ms: number) => Promise<unknown>;
  round: (causes: Cause[]) => Promise<Ended>;
  told: (ended: RoundEnded) => void;
}

/** What is announced together, such as a condition and the taint that follows, is one round. */
const settleMs = 200;
/** A round of another balancer takes seconds. It may have looked before, so ours is still due. */
const heldMs = 1000;
/** After so long what was seen is the CronJob's affair: it has come by twice. */
const patienceMs = 120_000;

export class Pace {
  private readonly options: PaceOptions;
  private causes = new Set<Cause>();
  /** Of the first cause; undefined: what there is was seen, and a round has been done for it. */
  private seenAt: number | undefined;
  private newestAt = 0;
  private wake: () => void = () => {};

  constructor(options: PaceOptions) {
    this.options = options;
  }

  ask(cause: Cause): void {
    this.newestAt = this.options.now();
    this.seenAt ??= this.newestAt;
    this.causes.add(cause);
    this.wake();
  }

  /** Until the signal. */
  async run(): Promise<void> {
    const { signal, now, wait, pauseMs, round, told } = this.options;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    let startedAt = -Infinity;
    while (!signal.aborted) {
      if (this.causes.size === 0) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        if (signal.aborted) return;
      }
      await wait(Math.max(settleMs, startedAt + pauseMs - now()));
      if (signal.aborted) return;
      const causes = [...this.causes];
      const seenAt = this.seenAt;
      this.seenAt = undefined;
      this.causes.clear();
      startedAt = now();
      const ended = await round(causes);
      told({ causes, ended, ...(seenAt !== undefined && { tookMs: now() - seenAt }) });
      if (ended === "Done" || now() - this.newestAt > patienceMs) continue;
      // The same again: at once where another one acted, else after the pause.
      if (ended !== "More") this.seenAt = seenAt ?? this.seenAt;
      for (const cause of causes) this.causes.add(cause);
      if (ended === "Held") startedAt = now() + heldMs - pauseMs;
    }
  }
}
