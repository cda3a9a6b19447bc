import assert from "node:assert/strict";
import pg from "pg";
import { preparedDatabase } from "../../testing/database.ts";
import { isOutage, tookTooLong } from "./errors.ts";

describe("failures of the database", function () {
  const failureOf = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      await work;
    } catch (error) {
      return error;
    }
    return assert.fail("expected a failure");
  };

  const passing = ["08006", "28P01", "28000", "53300", "57P01", "57P05", "25006"];
  for (const code of [...passing, "42501", "23505", "57014", "53200", undefined])
    it(`count ${code} ${passing.includes(code!) ? "for an outage" : "for an answer"}`, () => {
      const error = Object.assign(new pg.DatabaseError("no", 0, "error"), { code });
      assert.equal(isOutage(error), passing.includes(code!));
    });

  it("tell a pool that is in use from a server that is gone", async () => {
    const { api } = await preparedDatabase();
    const pool = new pg.Pool({ ...api, max: 1, connectionTimeoutMillis: 2000, statement_timeout: 200 });
    const client = await pool.connect();
    assert.ok(tookTooLong(await failureOf(pool.query("SELECT 1"))));
    client.release();
    assert.ok(tookTooLong(await failureOf(pool.query("SELECT pg_sleep(5)"))));
    await pool.end();
    const nowhere = new pg.Pool({ ...api, port: 1, max: 1 });
    const gone = await failureOf(nowhere.query("SELECT 1"));
    assert.deepEqual([tookTooLong(gone), isOutage(gone)], [false, true]);
    await nowhere.end();
  });
});
