import assert from "node:assert/strict";
import { openDatabase } from "../../testing/database.ts";
import { buildSample, buildSeries } from "../../testing/samples.ts";
import type { Database } from "./database.ts";
import { history, latestSample, machines, removeOlder, samplesAfter, sequence } from "./samples.ts";
import { SampleStore, StoreBusy } from "./store.ts";

describe("samples in the database", function () {
  let database: Database;
  let store: SampleStore;
  const inserts: { rows: number; stored: number }[] = [];
  const now = Math.floor(Date.now() / 60_000) * 60_000;

  before(async () => {
    database = await openDatabase();
    store = new SampleStore(database, { retentionHours: 24, onStored: (counts) => inserts.push(counts) });
  });
  beforeEach(async () => {
    await database.pool.query("DELETE FROM samples");
    inserts.length = 0;
  });
  after(() => database.stop());

  it("come out as they went in", async () => {
    const sample = buildSample();
    const bare = buildSample({ machine: "m2", time: "2026-11-21T12:00:00.123Z" });
    delete bare.processes;
    assert.deepEqual(await store.store([sample]), { stored: 1, known: 0, outside: 0 });
    assert.deepEqual(await latestSample(database, "m1"), sample);
    await new SampleStore(database, { retentionHours: 1e6, now: () => Date.parse(bare.time) }).store([bare]);
    assert.deepEqual(await latestSample(database, "m2"), bare);
    assert.deepEqual(await machines(database, 10), [
      { machine: "m1", time: sample.time },
      { machine: "m2", time: bare.time },
    ]);
    assert.equal(await latestSample(database, "m3"), undefined);
  });

  it("are stored once, however often and by however many they are sent", async () => {
    const series = buildSeries(50, now);
    const other = new SampleStore(database, { retentionHours: 24 });
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : other).store(series)),
    );
    assert.equal(counts.reduce((sum, { stored }) => sum + stored, 0), 50); // prettier-ignore
    for (const { stored, known } of counts) assert.equal(stored + known, 50);
    assert.deepEqual(await store.store(series), { stored: 0, known: 50, outside: 0 });
    assert.deepEqual(await store.store([series[0]!, series[0]!]), { stored: 0, known: 2, outside: 0 });
  });

  it("have one key however their time is written", async () => {
    const time = new Date(now);
    const spellings = [time.toISOString(), time.toISOString().replace(".000Z", "+00:00")];
    const counts = await store.store(spellings.map((text) => buildSample({ time: text })));
    assert.deepEqual(counts, { stored: 1, known: 1, outside: 0 });
  });

  it("share an insert when they come at the same time", async () => {
    const series = buildSeries(300, now);
    await Promise.all(series.map((sample) => store.store([sample])));
    assert.ok(inserts.length <= 2, `${inserts.length} inserts`);
  });

  it("come in inserts of so many rows at most, but for a request that has more", async () => {
    const sizes: number[] = [];
    const onStored = ({ rows }: { rows: number }) => void sizes.push(rows);
    const small = new SampleStore(database, { retentionHours: 24, maxRows: 10, onStored });
    const series = buildSeries(34, now);
    await Promise.all([[0, 4], [4, 10], [10, 11], [11, 34]].map(([from, to]) => small.store(series.slice(from, to)))); // prettier-ignore
    assert.deepEqual(sizes, [10, 1, 23]);
  });

  it("are refused when they are too old, in the future, or at no time at all", async () => {
    const times = [
      new Date(Date.now() - 24.1 * 3_600_000).toISOString(),
      new Date(Date.now() + 120_000).toISOString(),
      "2026-06-30T23:59:60Z",
    ];
    const stillKept = buildSample({ time: new Date(Date.now() - 23.9 * 3_600_000).toISOString() });
    const samples = [...times.map((time) => buildSample({ time })), buildSample(), stillKept];
    assert.deepEqual(await store.store(samples), { stored: 2, known: 0, outside: 3 });
  });

  it("that a machine measured itself are the only ones of it, on whichever replica others are sent", async () => {
    const other = new SampleStore(database, { retentionHours: 24 });
    const [forged, real] = [0.9, 0.1].map((utilization) =>
      buildSample({
        machine: "self",
        time: new Date(now - 5000).toISOString(),
        cpu: { utilization, cores: 4 },
      }),
    );
    // At the same moment, as when both share an insert.
    const [posted, own] = await Promise.all([store.store([forged!]), store.store([real!], "own")]);
    assert.equal(posted.stored + own.stored, 1);
    assert.deepEqual(await latestSample(database, "self"), real);
    const later = buildSample({ machine: "self", time: new Date(now).toISOString() });
    assert.deepEqual(await other.store([later]), { stored: 0, known: 0, outside: 1 });
    assert.deepEqual(await other.store([later], "own"), { stored: 1, known: 0, outside: 0 });
    assert.deepEqual(await other.store([later], "own"), { stored: 0, known: 1, outside: 0 });
    // Its own moments stay what they are: a timer may be early.
    const early = buildSample({ machine: "self", time: new Date(now + 120_000).toISOString() });
    const slow = new SampleStore(database, { retentionHours: 24, now: () => now + 100_000 });
    await slow.store([early], "own");
    assert.equal((await latestSample(database, "self"))?.time, early.time);
  });

  it("of the machine that this one measures itself come from nobody else, also before its first", async () => {
    const one = new SampleStore(database, { retentionHours: 24, machine: "here" });
    const sample = buildSample({ machine: "here" });
    assert.deepEqual(await one.store([sample]), { stored: 0, known: 0, outside: 1 });
    assert.deepEqual(await one.store([sample], "own"), { stored: 1, known: 0, outside: 0 });
  });

  it("are the newest of a machine where one is asked for, and numbered from the oldest that is there", async () => {
    const fresh = await openDatabase();
    try {
      assert.deepEqual(await sequence(fresh), { last: 0, oldest: undefined });
      const series = buildSeries(3, now);
      await new SampleStore(fresh, { retentionHours: 24 }).store([series[1]!, series[2]!, series[0]!]);
      assert.deepEqual(await sequence(fresh), { last: 3, oldest: 1 });
      assert.deepEqual(await latestSample(fresh, "m1"), series[2]);
      assert.deepEqual(await machines(fresh, 10), [{ machine: "m1", time: series[2]!.time }]);
    } finally {
      await fresh.stop();
    }
  });

  it("of a sender whose clock is ahead bear the present time", async () => {
    const clock = now + 5;
    const one = new SampleStore(database, { retentionHours: 24, now: () => clock });
    const ahead = buildSample({ machine: "ahead", time: new Date(clock + 59_000).toISOString() });
    assert.equal((await one.store([ahead])).stored, 1);
    assert.equal((await latestSample(database, "ahead"))!.time, new Date(clock).toISOString());
  });

  it("tell of the first machines only, by name", async () => {
    await store.store(["b", "c", "a"].map((machine) => buildSample({ machine })));
    assert.deepEqual((await machines(database, 2)).map(({ machine }) => machine), ["a", "b"]); // prettier-ignore
  });

  it("wait in a line that has an end", async () => {
    const short = new SampleStore(database, { retentionHours: 24, maxWaiting: 10 });
    const first = short.store(buildSeries(10, now));
    await assert.rejects(short.store([buildSample()]), StoreBusy);
    assert.equal((await first).stored, 10);
    assert.equal((await short.store([buildSample()])).stored, 1);
  });

  it("become visible in the order of their numbers, also with several writers", async () => {
    const { last } = await sequence(database);
    const stores = Array.from(
      { length: 4 },
      () => new SampleStore(database, { retentionHours: 24, maxRows: 5 }),
    );
    const writing = Promise.all(
      stores.flatMap((one, writer) =>
        buildSeries(50, now).map((sample) => one.store([{ ...sample, machine: `w${writer}` }])),
      ),
    );
    // A reader that only ever looks behind its last number must have seen all in the end.
    const seen: number[] = [];
    let done = false;
    void writing.then(() => (done = true));
    for (;;) {
      const finished = done;
      const page = await samplesAfter(database, seen.at(-1) ?? last, 7);
      seen.push(...page.map(({ seq }) => seq));
      if (finished && page.length === 0) break;
    }
    assert.equal(new Set(seen).size, 200);
    await writing;
  });

  it("come as history in buckets, down-sampled by the database", async () => {
    const series = buildSeries(600, now).map((sample, index) => ({
      ...sample,
      cpu: { utilization: index % 60 === 30 ? 1 : 0.5, cores: 4 },
    }));
    await store.store(series);
    const found = await history(database, { machine: "m1", from: now - 600_000, to: now, points: 11 });
    assert.equal(found.bucketSeconds, 60);
    assert.equal(found.points.length, 10);
    assert.deepEqual(found.points.map(({ time }) => Date.parse(time) % 60_000), Array(10).fill(0)); // prettier-ignore
    assert.equal(found.points.reduce((sum, { samples }) => sum + samples, 0), 599); // prettier-ignore
    const [, second] = found.points;
    assert.equal(second!.cpuUtilizationMax, 1);
    assert.ok(Math.abs(second!.cpuUtilization - (59 * 0.5 + 1) / 60) < 1e-6);
    assert.equal(second!.memoryUsedBytes, 4 * 2 ** 30);
    assert.deepEqual((await history(database, { machine: "m2", from: 0, to: now, points: 10 })).points, []);
  });

  it("come in no more buckets than asked for, wherever the range begins", async () => {
    await store.store(buildSeries(100, now));
    for (const points of [2, 3, 7, 99]) {
      for (const shift of [0, 1, 333, 999]) {
        const from = now - 100_000 + shift;
        const found = await history(database, { machine: "m1", from, to: now + 1, points });
        assert.ok(found.points.length <= points, `${found.points.length} of ${points}`);
      }
    }
  });

  it("go when they are older than the retention, in steps", async () => {
    await store.store(buildSeries(95, now));
    assert.equal(await removeOlder(database, now - 49_000, 10), 45);
    assert.equal(await removeOlder(database, now - 49_000, 10), 0, "what is just as old stays");
    assert.equal(
      (await history(database, { machine: "m1", from: 0, to: now + 1, points: 2 })).points[0]!.samples,
      50,
    );
  });
});
