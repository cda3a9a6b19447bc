// Objects of one kind by uid, and what has changed among them since it was last asked.

export interface Delta<T> {
  changed: T[];
  /** Keys. */
  removed: string[];
}

export class Collection<T> {
  readonly #keyOf: (item: T) => string;
  readonly #changed = new Set<string>();
  readonly #removed = new Set<string>();
  #items = new Map<string, T>();

  constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf;
  }

  get all(): T[] {
    return [...this.#items.values()];
  }

  set(uid: string, item: T | undefined): void {
    const before = this.#items.get(uid);
    if (item === undefined) {
      if (before === undefined) return;
      this.#items.delete(uid);
      this.#removed.add(this.#keyOf(before));
    } else {
      // Objects change more often than the little of them that is kept, such as by a node's heartbeat.
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(item)) return;
      this.#items.set(uid, item);
      this.#changed.add(uid);
    }
  }

  /** Whatever is not in `items` is gone. */
  replace(items: Map<string, T>): void {
    for (const uid of this.#items.keys()) if (!items.has(uid)) this.set(uid, undefined);
    for (const [uid, item] of items) this.set(uid, item);
  }

  /** What has changed since the last call; undefined: nothing. */
  takeDelta(): Delta<T> | undefined {
    if (this.#changed.size === 0 && this.#removed.size === 0) return undefined;
    const changed = [...this.#changed].flatMap((uid) => this.#items.get(uid) ?? []);
    // What came back under the same key was not removed after all.
    const there = new Set(this.all.map(this.#keyOf));
    const removed = [...this.#removed].filter((key) => !there.has(key));
    this.#changed.clear();
    this.#removed.clear();
    return { changed, removed };
  }
}
