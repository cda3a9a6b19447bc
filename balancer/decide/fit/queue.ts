// A priority queue (binary heap): the best entry first, in logarithmic time.

export class Queue<Entry> {
  private readonly entries: Entry[];
  private readonly isBetter: (a: Entry, b: Entry) => boolean;

  constructor(entries: Entry[], isBetter: (a: Entry, b: Entry) => boolean) {
    this.entries = entries;
    this.isBetter = isBetter;
    for (let i = (entries.length >> 1) - 1; i >= 0; i--) this.sink(i);
  }

  push(entry: Entry): void {
    let i = this.entries.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.isBetter(entry, this.entries[parent]!)) break;
      this.entries[i] = this.entries[parent]!;
      i = parent;
    }
    this.entries[i] = entry;
  }

  /** Takes the best entry out. */
  pop(): Entry | undefined {
    const best = this.entries[0];
    const last = this.entries.pop();
    if (last !== undefined && this.entries.length > 0) {
      this.entries[0] = last;
      this.sink(0);
    }
    return best;
  }

  private sink(start: number): void {
    const { entries, isBetter } = this;
    const entry = entries[start]!;
    let i = start;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBetter(entries[child + 1]!, entries[child]!)) child++;
      if (!isBetter(entries[child]!, entry)) break;
      entries[i] = entries[child]!;
      i = child;
    }
    entries[i] = entry;
  }
}
