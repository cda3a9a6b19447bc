// Samples older than the configured hours go, and no others.
import assert from "node:assert/strict";
import { pino } from "pino";
import { openDatabase } from "../../testing/database.ts";
import { buildSample } from "../../testing/samples.ts";
import type { Database } from "./database.ts";
import { DatabaseDown } from "./errors.ts";
import { keepRetention } from "./retention.ts";
import { samplesAfter } from "./samples.ts";
import { SampleStore } from "./store.ts";

const hour = 3_600_000;

describe("retention", function () {
  let database: Database;
  before(async () => {
    database = await openDatabase();
  });
  after(() => database.stop());

  it("removes what is older than so many hours, counts it, and ends when it is told to", async () => {
    const ages = [1, 5.9, 6.1, 30].map((hours) => hours * hour);
    const store = new SampleStore(database, { retentionHours: 1e3 });
    await store.store(ages.map((age) => buildSample({ time: new Date(Date.now() - age).toISOString() })));
    const ending = new AbortController();
    const said: string[] = [];
    const log = pino({}, { write: (line: string) => (said.push(line), ending.abort()) });
    await keepRetention(database, 6, log, ending.signal);
    assert.match(said.join(), /"removed":2,/);
    const left = await samplesAfter(database.pool, 0, 10);
    const hours = left.map(({ sample: { time } }) => (Date.now() - Date.parse(time)) / hour);
    assert.deepEqual(hours.map((age) => age.toFixed(1)).sort(), ["1.0", "5.9"]);
  });

  /** What is said and asked in two rounds, and how long the pause between them is. */
  async function twoRounds(hours: number, isUp: boolean, failure?: Error) {
    const [said, waits]: [string[], number[]] = [[], []];
    let asked = 0;
    const fake = {
      link: { up: isUp },
      query: () => (asked++, failure ? Promise.reject(failure) : Promise.resolve({ rowCount: 0 })),
    } as unknown as Database;
    const ending = new AbortController();
    const log = pino({}, { write: (line: string) => void said.push(line) });
    await keepRetention(fake, hours, log, ending.signal, (ms) => {
      if (waits.push(ms) === 2) ending.abort();
      return Promise.resolve();
    });
    assert.equal(waits.length, 2);
    assert.equal(waits[0], waits[1]);
    return { waitMs: waits[0], asked, said: said.join() };
  }

  it("looks every five minutes, and more often where little is kept", async () => {
    assert.equal((await twoRounds(24, true)).waitMs, 300_000);
    assert.equal((await twoRounds(0.1, true)).waitMs, 18_000);
  });

  it("asks nothing of a database that is down, and says of failures that they are, but for that one", async () => {
    assert.deepEqual(await twoRounds(24, false), { waitMs: 300_000, asked: 0, said: "" });
    assert.deepEqual(await twoRounds(24, true, new DatabaseDown()), { waitMs: 300_000, asked: 2, said: "" });
    const broken = await twoRounds(24, true, new Error("no such table"));
    assert.equal(broken.said.match(/old samples cannot be removed/g)?.length, 2);
  });
});
