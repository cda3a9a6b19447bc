// What the API's login may do, and how it comes about: on a real server whose administrator is no superuser, as on Azure.
import assert from "node:assert/strict";
import pg from "pg";
import { type Entrance, apiEntrance, emptyDatabase, withClient } from "../../testing/database.ts";
import { silent } from "../../testing/log.ts";
import { migrate } from "./migrate.ts";
import { prepareDatabase } from "./prepare.ts";
import { ensureLogin } from "./role.ts";

const insert = `INSERT INTO samples (machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used)
                VALUES ('m', now(), 0.5, 1, 2, 1)`;
const run = (entrance: Entrance, statement: string) =>
  withClient(entrance, (client) => client.query(statement));
const prepare = (administrator: Entrance, api: Entrance) => prepareDatabase(administrator, api, silent);

describe("a prepared database", function () {
  let administrator: Entrance;
  let api: Entrance;
  before(async () => {
    administrator = await emptyDatabase();
    api = apiEntrance(administrator);
    await Promise.all(Array.from({ length: 4 }, () => prepare(administrator, api)));
  });

  it("is prepared by somebody who is no superuser", async () => {
    const { rows } = await run(administrator, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
    assert.deepEqual(rows, [{ rolsuper: false }]);
  });

  const denied: [what: string, statement: string][] = [
    ["make tables", "CREATE TABLE own (id int)"],
    ["make temporary tables", "CREATE TEMP TABLE own (id int)"],
    ["make schemas", "CREATE SCHEMA own"],
    ["make databases", "CREATE DATABASE own"],
    ["make logins", "CREATE ROLE own"],
    ["give itself rights", "ALTER ROLE CURRENT_USER CREATEDB"],
    ["become the administrator", "SET ROLE dbadmin"],
    ["read passwords", "SELECT * FROM pg_authid"],
    ["read files", "COPY samples FROM '/etc/passwd'"],
    ["change samples", "UPDATE samples SET cpu_utilization = 0"],
    ["empty the table at once", "TRUNCATE samples"],
    ["change the table", "ALTER TABLE samples ADD COLUMN own int"],
    ["drop the table", "DROP TABLE samples"],
    ["switch triggers off", "ALTER TABLE samples DISABLE TRIGGER ALL"],
    ["turn numbers back", "SELECT setval('samples_seq_seq', 1)"],
    ["pretend that it migrated", "DELETE FROM kysely_migration"],
  ];
  for (const [what, statement] of denied) {
    it(`does not let the API ${what}`, () => assert.rejects(run(api, statement), { code: "42501" }));
  }

  it("does not let the API of another database in", async () => {
    const other = await emptyDatabase();
    await prepare(other, apiEntrance(other));
    await assert.rejects(run({ ...api, database: other.database }, "SELECT 1"), { code: "42501" });
  });

  it("lets in by the newest password alone", async () => {
    const renewed = apiEntrance(administrator, "Api-2");
    await prepare(administrator, renewed);
    await assert.rejects(run(api, "SELECT 1"), { code: "28P01" });
    assert.equal((await run(renewed, "SELECT 1")).rowCount, 1);
    await prepare(administrator, api);
  });

  it("takes rights back that the API no longer needs", async () => {
    await run(administrator, `GRANT UPDATE ON samples TO ${pg.escapeIdentifier(api.user)}`);
    await prepare(administrator, api);
    await assert.rejects(run(api, "UPDATE samples SET cpu_utilization = 0"), { code: "42501" });
  });

  it("keeps what is in it, when the version before had signed in as its owner", async () => {
    const old = await emptyDatabase();
    await migrate(old, silent);
    await run(old, insert);
    const its = apiEntrance(old);
    await prepare(old, its);
    await run(its, insert);
    assert.equal((await run(its, "SELECT FROM samples")).rowCount, 2);
  });

  it("may belong to a group of its administrator", async () => {
    const shared = await emptyDatabase();
    await run(shared, `ALTER DATABASE ${shared.database} OWNER TO azure_pg_admin`);
    const its = apiEntrance(shared);
    await prepare(shared, its);
    await run(its, insert);
    await assert.rejects(run(its, "CREATE TEMP TABLE own (id int)"), { code: "42501" });
  });

  it("keeps the rights that a newer version gave, and still takes the password", async () => {
    const newer = await emptyDatabase();
    const its = apiEntrance(newer);
    await prepare(newer, its);
    await run(newer, `GRANT TRUNCATE ON samples TO ${pg.escapeIdentifier(its.user)}`);
    await run(newer, "INSERT INTO kysely_migration VALUES ('9999', '')");
    const renewed = apiEntrance(newer, "Api-2");
    await prepare(newer, renewed);
    await run(renewed, "TRUNCATE samples");
  });

  it("leaves the login alone where the administrator's own is the API's", async () => {
    const own = await emptyDatabase();
    await prepare(own, own);
    await run(own, insert);
  });

  it("refuses a login that may more than the API should", async () => {
    const mighty = { ...api, user: `${api.database}_mighty` };
    await run(administrator, `CREATE ROLE ${mighty.user} LOGIN CREATEDB`);
    await assert.rejects(prepare(administrator, mighty), {
      name: "NotPrepared",
      message: /expected ".*_mighty" to be a login for the API alone/,
    });
  });

  it("never has the password in a statement, which servers may log", async () => {
    const statements: string[] = [];
    const listening = {
      query: (text: string) => (statements.push(text), Promise.resolve({ rows: [] })),
    } as unknown as pg.ClientBase;
    await ensureLogin(listening, { user: "api", password: "Correct-Horse" });
    assert.match(statements.at(-1) ?? "", /^CREATE ROLE "api" LOGIN PASSWORD 'SCRAM-SHA-256\$4096:/);
    assert.doesNotMatch(statements.join(), /Correct-Horse/);
  });
});
