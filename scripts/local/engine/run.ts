// One run of the engine: what its parts share, how steps are announced and counted, and when it has to stop.
import { isDeepStrictEqual } from "node:util";
import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { StackSettings } from "./config.ts";
import { describeChanges, Redactor, type EngineEvent, type Op } from "./events.ts";
import { nameOf, type ResourceState, type Urn } from "./model.ts";
import type { Change as PropertyChange } from "./paths.ts";
import type { Change, Subject } from "./providers/provider.ts";
import type { Providers } from "./providers/registry.ts";
import type { StackStore } from "./state/store.ts";

/** A program that has sent nothing for so long waits for answers that will not come. */
const lullMs = 200;

export interface StepInfo {
  op: Op;
  resource: Pick<ResourceState, "urn" | "type" | "parent">;
  changes?: readonly PropertyChange[];
  because?: string[];
  gone?: boolean;
  /** Belongs to a replacement, which is announced and counted as a whole. */
  part?: boolean;
}

export class Run {
  readonly store: StackStore;
  readonly providers: Providers;
  readonly settings: StackSettings;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** URNs that the program registered or read in this run. */
  readonly seen = new Set<Urn>();
  /** URNs that were deleted because they, or what they stand on, are replaced: they will be created anew. */
  readonly replaced = new Set<Urn>();
  readonly redactor = new Redactor();
  readonly counts: Partial<Record<Op, number>> = {};
  readonly failures: string[] = [];
  /** Resolves when no further operation may start: something failed, or the run was interrupted. */
  readonly stopped: Promise<void>;
  #stop!: () => void;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #running = new Set<Promise<unknown>>();
  readonly #queue: (() => void)[] = [];
  #free: number;
  #requests = 0;

  constructor(options: {
    store: StackStore;
    providers: Providers;
    settings: StackSettings;
    dryRun: boolean;
    signal: AbortSignal;
    parallel: number;
    onEvent: (event: EngineEvent) => void;
  }) {
    this.store = options.store;
    this.providers = options.providers;
    this.settings = options.settings;
    this.dryRun = options.dryRun;
    this.signal = options.signal;
    this.#free = options.parallel;
    this.#onEvent = options.onEvent;
    this.stopped = new Promise((resolve) => (this.#stop = resolve));
    setMaxListeners(0, this.signal); // every waiting operation listens
    if (this.signal.aborted) this.#stop();
    else this.signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  get stopping(): boolean {
    return this.failures.length > 0 || this.signal.aborted;
  }

  /** A preview goes on after a failure, so that one run shows every problem. */
  get #refusing(): boolean {
    return this.dryRun ? this.signal.aborted : this.stopping;
  }

  emit(event: EngineEvent): void {
    const redact = (text: string): string => this.redactor.redact(text);
    if (event.type === "log" || event.type === "status") event = { ...event, message: redact(event.message) };
    else if (event.type === "step" && event.error !== undefined)
      event = { ...event, error: redact(event.error) };
    this.#onEvent(event);
  }

  log(severity: "info" | "warning" | "error", message: string, urn?: Urn): void {
    this.emit({ type: "log", severity, message, ...(urn ? { urn } : {}) });
  }

  fail(message: string): void {
    this.failures.push(this.redactor.redact(message));
    this.#stop();
  }

  /**
   * Runs a program's request within the bounds of parallelism. When the run has to stop, or `work` fails, the
   * program gets no answer: what depends on it is thereby skipped, and the program is ended once all is quiet.
   */
  async request<T>(work: () => Promise<T>): Promise<T> {
    await this.#slot();
    if (this.#refusing) return this.#never();
    this.#requests++;
    const running = work();
    this.#running.add(running);
    const [outcome] = await Promise.allSettled([running]);
    this.#running.delete(running);
    this.#release();
    if (outcome.status === "fulfilled") return outcome.value;
    this.fail((outcome.reason as Error).message);
    return this.#never();
  }

  /** Resolves when no request is being worked on; in a preview, when none has come for a moment either. */
  async quiet(): Promise<void> {
    for (let before = -1; this.#running.size || before !== this.#requests;) {
      before = this.#requests;
      await Promise.allSettled(this.#running);
      // Lets the requests take themselves off the list, and the program send what it has left to say.
      await delay(this.#refusing || !this.failures.length ? 0 : lullMs);
    }
  }

  /** Announces a step, runs it, and announces how it ended. In a preview it is announced as planned instead. */
  async step<T>(info: StepInfo, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const event = (phase: "planned" | "started" | "done" | "failed", error?: string): void =>
      this.emit({
        type: "step",
        phase,
        op: info.op,
        urn: info.resource.urn,
        resourceType: info.resource.type,
        name: nameOf(info.resource.urn),
        ...(info.resource.parent ? { parent: info.resource.parent } : {}),
        ...(info.changes?.length ? { changes: describeChanges(info.changes) } : {}),
        ...(info.because?.length ? { because: info.because } : {}),
        ...(info.gone ? { gone: true } : {}),
        ...(error === undefined ? {} : { error }),
        ...(phase === "done" || phase === "failed" ? { seconds: (performance.now() - started) / 1000 } : {}),
      });
    if (!this.dryRun && info.op !== "same" && info.op !== "refresh") event("started");
    try {
      const result = await work();
      if (!info.part) this.counts[info.op] = (this.counts[info.op] ?? 0) + 1;
      if (!this.dryRun) event("done");
      else if (!info.part) event("planned");
      return result;
    } catch (error) {
      event("failed", (error as Error).message);
      throw error;
    }
  }

  /** Records a resource, unless nothing about it changed. */
  record(resource: ResourceState, predecessor?: ResourceState): void {
    this.redactor.learn(resource.inputs);
    this.redactor.learn(resource.outputs);
    if (predecessor && isDeepStrictEqual(predecessor, resource)) return;
    this.store.put(resource, predecessor);
  }

  subject(resource: Pick<ResourceState, "urn" | "type" | "id">): Subject {
    return { urn: resource.urn, type: resource.type, name: nameOf(resource.urn), id: resource.id };
  }

  /** What every changing call to a provider needs. */
  change(urn: Urn): Change {
    const status = (message: string): void => this.emit({ type: "status", urn, message });
    return { preview: this.dryRun, signal: this.signal, status };
  }

  #never<T>(): Promise<T> {
    return new Promise<T>(() => undefined);
  }

  async #slot(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  #release(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#free++;
  }
}
