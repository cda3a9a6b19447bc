// When the machine is measured, what is kept while the database is away, and in which order it is stored.
import assert from "node:assert/strict";
import pino from "pino";
import { until } from "../../testing/log.ts";
import type { Sample } from "../schemas.ts";
import { collect } from "./collector.ts";
import type { Reading } from "./reading.ts";

describe("the collector", () => {
  const counts = { stored: 1, known: 0, outside: 0 };
  /** Of the machine, by the present run. */
  let looks = 0;

  /** Runs until `isOver`, which is asked before each look at the machine. */
  async function run(options: {
    store: (samples: Sample[]) => Promise<typeof counts>;
    isOver: (looks: number) => boolean;
    fails?: (looks: number) => boolean;
    maxKept?: number;
  }) {
    const end = new AbortController();
    const said: string[] = [];
    looks = 0;
    // A timer is a little late each time.
    let clock = 1;
    const read = (): Promise<Reading> => {
      looks++;
      clock = looks * 4 + 0.5;
      if (options.isOver(looks)) end.abort();
      if (options.fails?.(looks)) return Promise.reject(new Error("no /proc"));
      const cpu = { busy: looks * 10, total: looks * 40 };
      return Promise.resolve({ at: looks, cpu, cores: 2, memory: { totalBytes: 2, usedBytes: 1 }, processes: undefined }); // prettier-ignore
    };
    const log = pino({ level: "debug" }, { write: (line: string) => void said.push(line) });
    await collect({
      ...{ machine: "m", intervalMs: 4, read, store: options.store, log, signal: end.signal },
      now: () => clock,
      ...(options.maxKept !== undefined && { maxKept: options.maxKept }),
    });
    return { said: said.join("\n"), looks };
  }

  it("measures at whole intervals, and stores each sample once, in order", async () => {
    const stored: Sample[] = [];
    await run({
      store: (samples) => (stored.push(...samples), Promise.resolve(counts)),
      isOver: (looks) => looks > 6,
    });
    const times = stored.map(({ time }) => Date.parse(time));
    assert.ok(stored.length >= 5, `${stored.length}`);
    // The second look is the first that says something.
    assert.deepEqual(
      times,
      Array.from(times, (_, index) => 8 + 4 * index),
    );
    assert.deepEqual(stored[0]?.cpu, { utilization: 0.25, cores: 2 });
    assert.equal(stored[0].machine, "m");
  });

  it("keeps the newest samples while the database is away, and stores them when it is back", async () => {
    const stored: Sample[] = [];
    const tried: number[] = [];
    let away = true;
    const { said } = await run({
      maxKept: 3,
      store(samples) {
        tried.push(samples.length);
        if (away) return Promise.reject(new Error("down"));
        stored.push(...samples);
        return Promise.resolve(counts);
      },
      isOver(looks) {
        if (looks === 10) away = false;
        return stored.length > 0;
      },
    });
    assert.equal(Math.max(...tried), 3);
    assert.ok(stored.length >= 3 && stored.length <= 4, `${stored.length}`);
    const times = stored.map(({ time }) => Date.parse(time));
    assert.deepEqual(
      times,
      Array.from(times, (_, index) => times[0]! + 4 * index),
    );
    assert.ok(times[0]! >= 28, `the newest, from ${times[0]} on`);
    assert.match(said, /"level":20.*samples wait for the database/);
  });

  it("waits for one store before the next, and measures on meanwhile", async () => {
    const under: ((value: typeof counts) => void)[] = [];
    const sizes: number[] = [];
    const collecting = run({
      store: (samples) => {
        sizes.push(samples.length);
        return new Promise((resolve) => under.push(resolve));
      },
      isOver: () => sizes.length === 2,
    });
    await until("a store", () => under.length === 1);
    const before = looks;
    await until("some looks more", () => looks > before + 3);
    assert.deepEqual(sizes, [1]);
    under[0]!(counts);
    await collecting;
    assert.ok(sizes[1]! >= 2, `${sizes.join()}`);
  });

  it("counts out what it has stored, however much has come meanwhile", async () => {
    const sizes: number[] = [];
    let release = (): void => undefined;
    const collecting = run({
      maxKept: 3,
      store: (samples) => {
        sizes.push(samples.length);
        if (sizes.length <= 4) return Promise.reject(new Error("down"));
        return new Promise((resolve) => (release = () => resolve(counts)));
      },
      isOver: () => sizes.length === 6,
    });
    await until("a store", () => sizes.length === 5);
    const before = looks;
    await until("some looks more", () => looks > before + 4);
    release();
    await collecting;
    assert.deepEqual(sizes.slice(4), [3, 3]);
  });

  it("goes on after a look that failed, and says so", async () => {
    const stored: Sample[] = [];
    const { said } = await run({
      fails: (looks) => looks === 2,
      store: (samples) => (stored.push(...samples), Promise.resolve(counts)),
      isOver: () => stored.length > 0,
    });
    assert.match(said, /"level":40.*no \/proc.*the machine cannot be measured/);
    assert.ok(stored.length > 0);
  });
});
