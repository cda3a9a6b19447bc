// What came of the requests, counted: HDR histograms of latencies, failures by kind, answers by variant.
import { type RecordableHistogram, createHistogram } from "node:perf_hooks";

export interface Outcome {
  /**
   * From the time the request was due, not from when it was sent, to the end of the answer. One that ran out of time
   * counts with all of it; undefined when there was no connection.
   */
  latencyMs: number | undefined;
  /** Between the time it was due and the time it was sent: the generator's own delay. Undefined: it was not sent. */
  sendDelayMs: number | undefined;
  /** Why it counts as failed, in few words: `HTTP 503`, `timeout`, `ECONNREFUSED`. */
  problem?: string | undefined;
  /** Header `x-variant` of the answer. */
  variant?: string | undefined;
}

export interface Latencies {
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

/** Node's histogram is HdrHistogram_c; it counts whole numbers, here microseconds up to an hour, to 3 digits. */
const histogram = (): RecordableHistogram => createHistogram({ lowest: 1, highest: 3.6e9, figures: 3 });

const ms = (microseconds: number): number => Math.round(microseconds) / 1000;

export class Statistics {
  requests = 0;
  failed = 0;
  readonly failures = new Map<string, number>();
  readonly variants = new Map<string, number>();
  readonly #latency = histogram();
  readonly #sendDelay = histogram();

  add({ latencyMs, sendDelayMs, problem, variant }: Outcome): void {
    this.requests++;
    if (latencyMs !== undefined) record(this.#latency, latencyMs);
    if (sendDelayMs !== undefined) record(this.#sendDelay, sendDelayMs);
    if (problem !== undefined) {
      this.failed++;
      this.failures.set(problem, (this.failures.get(problem) ?? 0) + 1);
    }
    if (variant !== undefined) this.variants.set(variant, (this.variants.get(variant) ?? 0) + 1);
  }

  get sent(): number {
    return this.#sendDelay.count;
  }

  /** Part of the requests that failed; 0 when there were none. */
  get failedRatio(): number {
    return this.requests === 0 ? 0 : this.failed / this.requests;
  }

  /** Of everything that has a latency; undefined before the first. */
  get latencies(): Latencies | undefined {
    return latenciesOf(this.#latency);
  }

  get sendDelays(): Latencies | undefined {
    return latenciesOf(this.#sendDelay);
  }
}

function record(histogram: RecordableHistogram, milliseconds: number): void {
  histogram.record(Math.max(1, Math.round(milliseconds * 1000)));
}

function latenciesOf(histogram: RecordableHistogram): Latencies | undefined {
  if (histogram.count === 0) return undefined;
  // The histogram answers with the upper end of a bucket, which may lie above the largest value.
  const at = (percent: number): number => ms(Math.min(histogram.percentile(percent), histogram.max));
  return {
    mean: ms(histogram.mean),
    ...{ p50: at(50), p90: at(90), p95: at(95), p99: at(99), p999: at(99.9) },
    max: ms(histogram.max),
  };
}
