// Whether something that this program depends on can be reached, since when, and what is wrong.
import { EventEmitter } from "node:events";
import type { Link as LinkState } from "./schemas.ts";

/** Emits `change` whenever `up` changes. */
export class Link extends EventEmitter<{ change: [LinkState] }> {
  #state: LinkState;
  readonly #now: () => number;

  constructor(problem: string, now: () => number = Date.now) {
    super();
    this.setMaxListeners(0);
    this.#now = now;
    this.#state = { up: false, since: new Date(now()).toISOString(), problem };
  }

  get up(): boolean {
    return this.#state.up;
  }

  get state(): LinkState {
    return this.#state;
  }

  setUp(): void {
    if (!this.up) this.#change(true, null);
  }

  /** While it is down already, only the problem is replaced. */
  setDown(problem: string): void {
    if (this.up) this.#change(false, problem);
    else this.#state = { ...this.#state, problem };
  }

  #change(up: boolean, problem: string | null): void {
    this.#state = { up, since: new Date(this.#now()).toISOString(), problem };
    this.emit("change", this.#state);
  }
}
