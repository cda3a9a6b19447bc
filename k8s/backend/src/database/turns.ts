// Turns at something that serves few at a time: who comes when too many wait, or waits too long, is told so.

export interface TurnsOptions {
  /** At the same time. */
  running: number;
  waiting: number;
  waitMs: number;
}

/** Nothing is broken; there is just too much to do. */
export class Busy extends Error {
  override name = "Busy";
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** @throws Busy, and whatever `work` throws */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.running) this.#running++;
    else await this.#wait(); // gets the turn of the one who ended
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  #wait(): Promise<void> {
    const { waiting, waitMs } = this.#options;
    if (this.#waiting.size >= waiting) throw new Busy(`more than ${waiting} wait already: try again later`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const next = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(next);
      reject(new Busy(`no turn within ${waitMs} ms: try again later`));
    }, waitMs);
    this.#waiting.add(next);
    return promise;
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
