import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import pino from "pino";
import { silent, until } from "../../testing/log.ts";
import type { Database } from "../database/database.ts";
import { DatabaseDown } from "../database/errors.ts";
import type { Numbered } from "../database/samples.ts";
import { Busy } from "../database/turns.ts";
import { Link } from "../link.ts";
import { SampleFeed } from "./sampleFeed.ts";

/** Says that its last number is 5, and counts who asks. */
class CountingDatabase extends EventEmitter {
  readonly link = new Link("none");
  readonly reads = this;
  queries = 0;

  query({ text }: { text: string }) {
    this.queries++;
    return Promise.resolve({ rows: text.includes("AS last") ? [{ last: "5", oldest: "1" }] : [] });
  }
}

describe("the feed of samples", () => {
  const join = (feed: SampleFeed) => {
    const leaving = new AbortController();
    const listener = {
      samples: () => undefined,
      reset: () => undefined,
      drained: () => Promise.resolve(),
      signal: leaving.signal,
    };
    return { joined: feed.listen(listener, undefined), leave: () => leaving.abort() };
  };

  it("reads the database while somebody listens", async () => {
    const database = new CountingDatabase();
    const feed = new SampleFeed(database as unknown as Database, silent);
    const client = join(feed);
    await client.joined;
    await until("a look at what is new", () => database.queries === 2);
    database.emit("stored");
    await until("one more look", () => database.queries === 3);
    assert.equal(feed.listeners, 1);
    client.leave();
    database.emit("stored");
    assert.deepEqual([feed.listeners, database.queries], [0, 3]);
  });

  it("does not read it for somebody who left before having joined", async () => {
    const database = new CountingDatabase();
    const feed = new SampleFeed(database as unknown as Database, silent);
    const client = join(feed);
    client.leave();
    await client.joined;
    database.emit("stored");
    assert.deepEqual([feed.listeners, database.queries], [0, 1]);
  });

  /** Has the numbers of `kept`; `last` is the one given last. */
  class KeepingDatabase extends EventEmitter {
    readonly link = new Link("none");
    readonly reads = this;
    kept: number[] = [];
    last = 0;
    readonly asked: [after: number, limit: number][] = [];
    fails: Error[] = [];

    query({ text, values = [] }: { text: string; values?: number[] }) {
      const problem = this.fails.shift();
      if (problem) return Promise.reject(problem);
      if (text.includes("AS last"))
        return Promise.resolve({ rows: [{ last: String(this.last), oldest: this.kept[0] ?? null }] });
      const [after = 0, limit = 0] = values;
      this.asked.push([after, limit]);
      const rows = this.kept
        .filter((seq) => seq > after)
        .slice(0, limit)
        .map((seq) => ({ ...row, seq: String(seq) }));
      return Promise.resolve({ rows });
    }

    /** More of them, of which the database tells. */
    store(...numbers: number[]) {
      this.kept.push(...numbers);
      this.last = numbers.at(-1)!;
      this.emit("stored");
    }
  }
  const row = { machine: "m", taken_at: new Date(0), cpu_utilization: 0, cpu_cores: 1, memory_total: "2", memory_used: "1", processes: null }; // prettier-ignore
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);

  async function listening(kept: number[], last: number, seq: number | undefined, log = silent) {
    const database = new KeepingDatabase();
    Object.assign(database, { kept, last });
    const feed = new SampleFeed(database as unknown as Database, log);
    const leaving = new AbortController();
    const sent: number[] = [];
    const resets: [seq: number, reason: string][] = [];
    let drains = 0;
    const listener = {
      samples: (page: readonly Numbered[]) => void sent.push(...page.map((one) => one.seq)),
      reset: (at: number, reason: string) => void resets.push([at, reason]),
      drained: () => (drains++, Promise.resolve()),
      signal: leaving.signal,
    };
    await feed.listen(listener, seq);
    return { database, feed, sent, resets, leave: () => leaving.abort(), drains: () => drains };
  }

  const missed = "too much was missed, or it is no longer kept";
  const another = "the database is another one";
  const joins: [
    what: string,
    kept: number[],
    last: number,
    seq: number | undefined,
    sent: number[],
    reset?: [number, string],
  ][] = [
    // prettier-ignore
    ["nothing of before to who is new", [1, 2, 3], 3, undefined, []],
    ["what came after its number", [1, 2, 3], 3, 1, [2, 3]],
    ["nothing to who has all", [1, 2, 3], 3, 3, []],
    ["all to who has nothing, as long as nothing was removed", [1, 2], 2, 0, [1, 2]],
    ["a new start to who has more than there is", [1, 2], 2, 3, [], [2, another]],
    ["what is left where only what it has was removed", [3, 4], 4, 2, [3, 4]],
    ["a new start where what it lacks was removed", [3, 4], 4, 1, [], [4, missed]],
    ["nothing where all is removed and it has all", [], 4, 4, []],
    ["a new start where all is removed and it lacks some", [], 4, 3, [], [4, missed]],
    ["two thousand in pages", range(1, 2000), 2000, 0, range(1, 2000)],
    ["a new start instead of one more", range(1, 2001), 2001, 0, [], [2001, missed]],
  ];
  for (const [what, kept, last, seq, sent, reset] of joins)
    it(`sends ${what}, then what is new`, async () => {
      const joined = await listening(kept, last, seq);
      assert.deepEqual(joined.sent, sent);
      assert.deepEqual(joined.resets, reset ? [reset] : []);
      assert.equal(joined.drains(), Math.ceil(sent.length / 500), "it takes in each page");
      assert.ok(joined.database.asked.every(([, limit]) => limit === 500));
      joined.database.store(last + 1, last + 2);
      const all = [...sent, last + 1, last + 2];
      await until("what is new", () => joined.sent.length === all.length);
      assert.deepEqual(joined.sent, all);
      joined.leave();
    });

  it("reads on while a page is full, and sends each only what it does not have", async () => {
    const { database, feed, sent, leave } = await listening([], 0, undefined);
    database.store(...range(1, 1001));
    await until("all", () => sent.length === 1001);
    const late: number[] = [];
    const end = new AbortController();
    await feed.listen(
      {
        samples: (page) => void late.push(...page.map(({ seq }) => seq)),
        ...{ reset: () => assert.fail("nothing was missed"), drained: () => Promise.resolve() },
        signal: end.signal,
      },
      1000,
    );
    database.store(1002);
    await until("the last", () => late.length === 2 && sent.length === 1002);
    assert.deepEqual([late, sent.slice(-2)], [[1001, 1002], [1001, 1002]]); // prettier-ignore
    end.abort();
    leave();
  });

  it("begins anew with who comes after the last one has left in the middle of a look", async () => {
    const { database, feed, leave } = await listening([], 0, undefined);
    await until("the first look", () => database.asked.length === 1);
    const query = database.query.bind(database);
    database.query = (what) => {
      const answer = query(what);
      leave();
      return answer;
    };
    database.store(1);
    await until("the next look", () => database.asked.length === 2);
    database.query = query;
    database.store(2, 3);
    const sent: number[] = [];
    const end = new AbortController();
    const listener = { samples: (page: readonly Numbered[]) => void sent.push(...page.map(({ seq }) => seq)), reset: () => assert.fail(), drained: () => Promise.resolve(), signal: end.signal }; // prettier-ignore
    await feed.listen(listener, undefined);
    database.store(4);
    await until("what is new", () => sent.length > 0);
    assert.deepEqual(sent, [4]);
    end.abort();
  });

  it("sends of a page that others lack only what came after its own number", async () => {
    const { database, feed, sent, leave } = await listening([], 0, undefined);
    const late: number[] = [];
    const end = new AbortController();
    // The database holds more by now than what those who were there before have been sent.
    database.kept.push(1, 2);
    database.last = 2;
    await feed.listen(
      {
        samples: (page) => void late.push(...page.map(({ seq }) => seq)),
        ...{ reset: () => assert.fail("nothing was missed"), drained: () => Promise.resolve() },
        signal: end.signal,
      },
      1,
    );
    database.store(3);
    await until("the last", () => late.length === 2 && sent.length === 3);
    assert.deepEqual([late, sent], [[2, 3], [1, 2, 3]]); // prettier-ignore
    end.abort();
    leave();
  });

  it("starts anew where the database that is back is another one, and goes on where it is not", async () => {
    const { database, sent, resets, leave } = await listening([1, 2], 2, 2);
    database.kept.push(3);
    database.last = 3;
    database.link.setUp();
    await until("what came meanwhile", () => sent.length === 1);
    assert.deepEqual(resets, []);
    database.link.setDown("away");
    database.link.setUp();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([sent, resets], [[3], []], "nothing is new, and nothing begins anew");
    database.link.setDown("gone");
    Object.assign(database, { kept: [1], last: 1 });
    database.link.setUp();
    await until("a new start", () => resets.length === 1);
    assert.deepEqual(resets, [[1, another]]);
    leave();
  });

  it("waits until the database is up, and tries again where it is busy or a look fails", async () => {
    const database = new KeepingDatabase();
    database.store(1);
    const feed = new SampleFeed(database as unknown as Database, silent);
    database.fails = [new DatabaseDown("down")];
    const sent: number[] = [];
    const end = new AbortController();
    const listener = {
      samples: (page: readonly Numbered[]) => void sent.push(...page.map(({ seq }) => seq)),
      ...{ reset: () => undefined, drained: () => Promise.resolve(), signal: end.signal },
    };
    const joining = feed.listen(listener, 0);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual([sent, feed.listeners], [[], 0]);
    database.link.setUp();
    await joining;
    assert.deepEqual([sent, feed.listeners], [[1], 1]);
    const start = Date.now();
    database.fails = [new Busy("busy")];
    database.store(2);
    await until("the look after a second", () => sent.length === 2);
    assert.ok(Date.now() - start >= 990, `${Date.now() - start} ms`);
    end.abort();
  });

  it("waits no longer for the database, down or busy, than its listener does", async () => {
    for (const problem of [new DatabaseDown("down"), new Busy("busy")]) {
      const database = new KeepingDatabase();
      database.fails = [problem];
      const feed = new SampleFeed(database as unknown as Database, silent);
      const { joined, leave } = join(feed);
      await until("it asked", () => database.fails.length === 0);
      leave();
      await joined;
      assert.equal(feed.listeners, 0);
    }
  });

  it("goes on after a look that failed, of which it tells where that is no outage", async () => {
    const said: string[] = [];
    const log = pino({ level: "debug" }, { write: (line: string) => void said.push(line) });
    const { database, sent, leave } = await listening([1], 1, 1, log);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    const fail = async (error: Error, then: () => void) => {
      database.fails = [error];
      then();
      await turn();
      assert.deepEqual(database.fails, []);
    };
    const comeBack = () => {
      database.link.setDown("away");
      database.link.setUp();
    };
    await fail(new DatabaseDown("down"), () => database.store(2));
    await fail(new DatabaseDown("down"), comeBack);
    assert.deepEqual([sent, said], [[], []]);
    await fail(new TypeError("odd"), () => database.store(3));
    await fail(new RangeError("odder"), comeBack);
    assert.match(said[0] ?? "", /"level":50.*TypeError.*odd.*samples cannot be read for the feed/);
    assert.match(said[1] ?? "", /"level":50.*RangeError.*odder.*the feed cannot go on/);
    assert.deepEqual([said.length, sent], [2, []]);
    await fail(new Busy("busy"), comeBack);
    await until("the look after a second", () => sent.length === 2);
    assert.deepEqual([said.length, sent], [2, [2, 3]]);
    leave();
  });

  it("tells of a failure that is none of the database's", async () => {
    const database = new KeepingDatabase();
    const feed = new SampleFeed(database as unknown as Database, silent);
    database.fails = [new TypeError("odd")];
    const { signal } = new AbortController();
    const listener = {
      samples: () => undefined,
      reset: () => undefined,
      drained: () => Promise.resolve(),
      signal,
    };
    await assert.rejects(feed.listen(listener, undefined), /odd/);
  });
});
