// The command `migrate`: brings the schema up to date, and gives the API its login. It alone signs in as administrator.
import type { Logger } from "pino";
import pg from "pg";
import { rootCause } from "../../../../balancer/failures.ts";
import type { Login } from "./connection.ts";
import { NotPrepared } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { ensureLogin, grantRights } from "./role.ts";

/** Beside the one of the table of samples (migrations.ts). */
const lock = "SELECT pg_advisory_xact_lock(1935764848, 2)";

/**
 * Several may do so at once, and again and again.
 * @param api the administrator's own login: it keeps its rights
 * @throws NotPrepared
 */
export async function prepareDatabase(
  administrator: pg.ClientConfig,
  api: Login,
  log: Logger,
): Promise<void> {
  try {
    const isLatest = await migrate(administrator, log);
    if (api.user === administrator.user) return;
    await inTransaction({ ...administrator, query_timeout: 60_000 }, async (client) => {
      await client.query(lock);
      await ensureLogin(client, api);
      // A newer version may have granted more than this one knows of.
      if (isLatest) await grantRights(client, api.user);
    });
    log.info({ login: api.user }, "the database is prepared");
  } catch (error) {
    throw new NotPrepared(`The database could not be prepared: ${rootCause(error)}`, { cause: error });
  }
}

async function inTransaction(
  connection: pg.ClientConfig,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 });
  client.on("error", () => undefined); // its query says the same
  try {
    await client.connect();
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } finally {
    await client.end(); // without a commit this undoes it
  }
}
