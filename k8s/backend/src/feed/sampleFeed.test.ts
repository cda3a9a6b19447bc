import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { silent, until } from "../../testing/log.ts";
import type { Database } from "../database/database.ts";
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
});
