import assert from "node:assert/strict";
import { type Ended, Pace, type RoundEnded } from "./pace.ts";

/** Plays time: whoever waits is woken in the order of times, and things happen to be seen at theirs. */
class Played {
  now = 0;
  private due: { at: number; run: () => void }[] = [];
  at(time: number, run: () => void): void {
    this.due.push({ at: time, run });
  }
  wait = (ms: number) => new Promise<void>((resolve) => this.at(this.now + ms, resolve));
  async until(end: number): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      this.due.sort((a, b) => a.at - b.at);
      const next = this.due[0];
      if (!next || next.at > end) return;
      this.due.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
  }
}

describe("the pace of the watcher's rounds", () => {
  let time: Played;
  let ending: AbortController;
  let rounds: string[];
  let took: (number | undefined)[];
  let last: RoundEnded;
  let pace: Pace;
  let running: Promise<void>;
  /** What rounds come to, in their order; then Done. */
  let ends: Ended[];
  let roundMs: number;

  beforeEach(() => {
    [time, ending, rounds, took, ends, roundMs] = [new Played(), new AbortController(), [], [], [], 1000];
    pace = new Pace({
      pauseMs: 5000,
      signal: ending.signal,
      now: () => time.now,
      wait: time.wait,
      async round(causes) {
        rounds.push(`${time.now}: ${causes.join()}`);
        await time.wait(roundMs);
        return ends.shift() ?? "Done";
      },
      told: (ended) => took.push((last = ended).tookMs),
    });
    running = pace.run();
  });
  afterEach(async () => {
    ending.abort();
    await time.until(Infinity);
    await running;
  });
  const see = (at: number, cause: "Announced" | "Came") => time.at(at, () => pace.ask(cause));

  it("starts none without a cause", async () => {
    await time.until(1e6);
    assert.deepEqual(rounds, []);
  });

  it("starts one at once, for all that is seen together", async () => {
    see(10_000, "Announced");
    see(10_100, "Announced");
    see(10_150, "Came");
    await time.until(60_000);
    assert.deepEqual([rounds, took], [["10200: Announced,Came"], [1200]]);
    assert.deepEqual(last, { causes: ["Announced", "Came"], ended: "Done", tookMs: 1200 });
  });

  it("lets some seconds lie between two, however much is seen", async () => {
    for (let at = 10_000; at < 40_000; at += 300) see(at, "Announced");
    await time.until(60_000);
    const starts = rounds.map((line) => Number.parseInt(line));
    assert.deepEqual(starts, [10_200, 15_200, 20_200, 25_200, 30_200, 35_200, 40_200]);
  });

  it("starts one after a long one for what was seen during it: it may have looked before", async () => {
    roundMs = 30_000;
    see(10_000, "Announced");
    see(12_000, "Came");
    await time.until(100_000);
    assert.deepEqual(rounds, ["10200: Announced", "40400: Came"]);
  });

  it("goes on while pods are left behind, and no longer than two minutes after the last news", async () => {
    ends = ["More", "More"];
    see(10_000, "Announced");
    await time.until(100_000);
    assert.deepEqual(rounds, ["10200: Announced", "15200: Announced", "20200: Announced"]);
    assert.deepEqual(took, [1200, undefined, undefined], "only the first one is a reaction");
    rounds = [];
    ends = Array<Ended>(1000).fill("More");
    see(200_000, "Announced");
    await time.until(1e6);
    assert.equal(rounds.length, 25);
  });

  it("reacts to what is seen while it goes on, too", async () => {
    ends = ["More", "More"];
    see(10_000, "Announced");
    see(13_000, "Announced");
    see(16_000, "Announced");
    await time.until(100_000);
    assert.deepEqual(took, [1200, 3200, 5200]);
  });

  it("tries again soon where another balancer acts, and counts from when it was seen", async () => {
    ends = ["Held", "Held"];
    roundMs = 100;
    see(10_000, "Announced");
    await time.until(60_000);
    assert.deepEqual(rounds, ["10200: Announced", "11300: Announced", "12400: Announced"]);
    assert.equal(took.at(-1), 2500);
  });

  it("tries again what failed, after the pause", async () => {
    ends = ["Failed"];
    see(10_000, "Came");
    await time.until(60_000);
    assert.deepEqual(rounds, ["10200: Came", "15200: Came"]);
  });

  it("ends with the signal, also while it waits", async () => {
    see(10_000, "Announced");
    await time.until(10_000);
    ending.abort();
    await time.until(60_000);
    await running;
    assert.deepEqual(rounds, []);
  });
});
