// How long anything at the database may take, and who finds a connection.
import assert from "node:assert/strict";
import { silent } from "../../testing/log.ts";
import { Database } from "./database.ts";
import { DatabaseDown } from "./errors.ts";

describe("the pool of connections", () => {
  const open = (connections: number) =>
    new Database({ connection: { host: "127.0.0.1", port: 1, user: "u" }, connections, log: silent });

  it("waits for nothing without an end: a network that drops packets gives no errors", async () => {
    const database = open(4);
    const { host, max, ...limits } = database.pool.options as unknown as Record<string, unknown>;
    assert.deepEqual([host, max], ["127.0.0.1", 4]);
    const wanted = {
      ...{ connectionTimeoutMillis: 5000, query_timeout: 15_000, statement_timeout: 14_000 },
      ...{ idleTimeoutMillis: 30_000, keepAlive: true },
    };
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, limits[key]])), wanted);
    await database.stop();
  });

  const shares: [connections: number, reads: number][] = [
    [1, 1],
    [2, 1],
    [3, 1],
    [5, 3],
  ];
  for (const [connections, reads] of shares)
    it(`of ${connections} leaves ${reads} to reads, and the rest to storing and the feed`, async () => {
      const database = open(connections);
      let running = 0;
      database.query = () => (running++, new Promise(() => undefined));
      for (let count = 0; count < 10; count++) void database.reads.query({ text: "" });
      await Promise.resolve();
      assert.equal(running, reads);
      await database.stop();
    });

  it("says at once that the database is down, and why; tries again, and can be stopped", async () => {
    const database = new Database({
      ...{ connection: { host: "127.0.0.1", port: 1, user: "u" }, connections: 1, log: silent },
      backoff: [1, 2],
    });
    const down = /The database cannot be used: not connected yet/;
    await assert.rejects(database.query({ text: "SELECT 1" }), { name: "DatabaseDown", message: down });
    database.start();
    await database.tried;
    await assert.rejects(database.query({ text: "SELECT 1" }), (error: Error) => {
      assert.ok(error instanceof DatabaseDown);
      return /ECONNREFUSED/.test(error.message);
    });
    await database.stop();
    assert.equal(database.link.state.problem, "shutting down");
  });
});
