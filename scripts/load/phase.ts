// One phase of load: sends every request when it is due, and counts what comes of it.
import { setImmediate, setTimeout as delay } from "node:timers/promises";
import type { Sample } from "../../k8s/backend/src/schemas.ts";
import { type Pace, arrivals, usersAt } from "./arrivals.ts";
import type { Client } from "./client.ts";
import type { Phase } from "./profile.ts";
import { fill, pick, sampleKeys } from "./requests.ts";
import { send } from "./send.ts";
import { type Latencies, type Outcome, Statistics } from "./statistics.ts";

export interface PhaseOptions {
  client: Client;
  machines: readonly string[];
  /** To be posted, each once; the phase ends with them. */
  records: readonly Sample[] | undefined;
  /** Gets the answers that are to be kept. @throws Error when it is no record */
  keep: (answer: string) => void;
  /** Even in [0, 1). */
  random: () => number;
  /** No further requests, and no waiting for answers. */
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  progressMs: number;
  /** Requests without an answer; beyond it none is sent, and that counts as a failure. */
  maxInFlight?: number;
}

/** Rate, failures and latencies are those of answers since the last one. */
export interface Progress {
  phase: string;
  seconds: number;
  durationSeconds: number;
  users: number;
  inFlight: number;
  ratePerSecond: number;
  failedRatio: number;
  latencyMs: Latencies | undefined;
}

export interface PhaseResult {
  /** How long it sent: all of its time, or until its last record or an interruption. */
  seconds: number;
  statistics: Statistics;
  /** Requests without an answer when it was interrupted; they count nowhere else. */
  cutOff: number;
  /** Records that its time was too short for. */
  recordsLeft: number;
}

export async function runPhase(phase: Phase, options: PhaseOptions): Promise<PhaseResult> {
  const { client, machines, records, keep, random, signal, maxInFlight = 5000 } = options;
  const meter = new Meter(phase);
  const nextKey = sampleKeys(Date.now);
  const inFlight = new Map<AbortController, Promise<void>>();
  const cutAll = (): void => {
    for (const controller of inFlight.keys()) controller.abort(signal.reason);
  };
  const start = performance.now();
  const tell = setInterval(() => options.onProgress(meter.progress(inFlight.size)), options.progressMs);
  signal.addEventListener("abort", cutAll);
  let sent = 0;
  let lastPause = start;
  try {
    for (const { at } of arrivals(phase, random)) {
      const due = start + at * 1000;
      if (sent === records?.length) break;
      lastPause = await pauseUntil(due, lastPause, signal);
      if (signal.aborted) break;
      const record = records?.[sent++];
      if (inFlight.size >= maxInFlight) {
        meter.add({
          latencyMs: undefined,
          sendDelayMs: undefined,
          problem: `not sent: ${maxInFlight} unanswered`,
        });
        continue;
      }
      const request = pick(phase.requests, random);
      const filled = fill(request, { nextKey, machines, record, random });
      const controller = new AbortController();
      const timeoutMs = phase.timeoutSeconds * 1000;
      const sending = send({ client, request, filled, due, timeoutMs, controller, keep }).then((outcome) => {
        inFlight.delete(controller);
        meter.add(outcome);
      });
      inFlight.set(controller, sending);
    }
    if (sent !== records?.length) await pauseUntil(start + phase.durationSeconds * 1000, lastPause, signal);
    const seconds = (performance.now() - start) / 1000;
    await Promise.all(inFlight.values());
    const recordsLeft = records === undefined ? 0 : records.length - sent;
    return { seconds, statistics: meter.total, cutOff: meter.cutOff, recordsLeft };
  } finally {
    clearInterval(tell);
    signal.removeEventListener("abort", cutAll);
  }
}

/** Longer than this in one go, and answers would wait for the sender. */
const longestTurnMs = 5;

/** Waits until `due`, or, when that is over, lets answers come in now and then. Returns when it paused last. */
async function pauseUntil(due: number, lastPause: number, signal: AbortSignal): Promise<number> {
  const now = performance.now();
  const wait = Math.ceil(due - now); // timers know whole milliseconds; never early
  if (wait > 0) await delay(wait, undefined, { signal }).catch(() => undefined);
  else if (now - lastPause > longestTurnMs) await setImmediate();
  else return lastPause;
  return performance.now();
}

/** Counts twice: for all of the phase, and since the last look. */
class Meter {
  readonly total = new Statistics();
  cutOff = 0;
  readonly #phase: Pace & { name: string };
  readonly #start = performance.now();
  #window = new Statistics();
  #windowStart = this.#start;

  constructor(phase: Pace & { name: string }) {
    this.#phase = phase;
  }

  /** @param outcome undefined: cut off */
  add(outcome: Outcome | undefined): void {
    if (outcome === undefined) {
      this.cutOff++;
      return;
    }
    this.total.add(outcome);
    this.#window.add(outcome);
  }

  progress(inFlight: number): Progress {
    const now = performance.now();
    const seconds = (now - this.#start) / 1000;
    const { name, durationSeconds } = this.#phase;
    const window = this.#window;
    const ratePerSecond = window.requests / ((now - this.#windowStart) / 1000);
    this.#window = new Statistics();
    this.#windowStart = now;
    return {
      ...{ phase: name, seconds, durationSeconds, users: usersAt(this.#phase, seconds), inFlight },
      ...{ ratePerSecond, failedRatio: window.failedRatio, latencyMs: window.latencies },
    };
  }
}
