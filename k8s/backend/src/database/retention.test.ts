// Samples older than the configured hours go, and no others.
import assert from "node:assert/strict";
import { pino } from "pino";
import { openDatabase } from "../../testing/database.ts";
import { buildSample } from "../../testing/samples.ts";
import type { Database } from "./database.ts";
import { keepRetention } from "./retention.ts";
import { samplesAfter } from "./samples.ts";
import { SampleStore } from "./store.ts";

const hour = 3_600_000;

describe("retention", function () {
  this.timeout(30_000);
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
});
