// The demo's load on the API: one part of it, and more parts where a machine is not kept busy by that.
import type { PhaseSummary } from "../../load/summary.ts";

export class GrowingLoad {
  readonly #start: () => Promise<PhaseSummary[]>;
  readonly #end = new AbortController();
  readonly #parts: Promise<PhaseSummary[]>[] = [];
  readonly #failure = Promise.withResolvers<never>();

  /** @param start begins a part; its signal ends it, and its result is what it was */
  constructor(start: (signal: AbortSignal) => Promise<PhaseSummary[]>, signal?: AbortSignal) {
    const until = AbortSignal.any([this.#end.signal, ...(signal ? [signal] : [])]);
    this.#start = () => start(until);
  }

  get parts(): number {
    return this.#parts.length;
  }

  /** Rejects when a part fails: what waits for the load's effects would otherwise wait in vain. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  add(): void {
    const part = this.#start();
    part.catch(this.#failure.reject);
    this.#parts.push(part);
  }

  async end(): Promise<PhaseSummary[]> {
    this.#end.abort();
    return (await Promise.all(this.#parts)).flat();
  }

  /** Ends it, whatever became of it. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.allSettled(this.#parts);
  }
}
