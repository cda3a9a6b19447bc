// Brings the schema of the database up to date. Several may do so at once: Kysely's migrator takes a lock.
import { Kysely, PostgresDialect } from "kysely";
import { Migrator } from "kysely/migration";
import type { Logger } from "pino";
import pg from "pg";
import { migrations } from "./migrations.ts";

/**
 * A database that a newer version has migrated already is left as it is: schema changes must leave the version before
 * working (first add, then use, then remove), or a rolling update could not go back.
 * @returns whether its schema is now this version's
 */
export async function migrate(connection: pg.ClientConfig, log: Logger): Promise<boolean> {
  const limits = { connectionTimeoutMillis: 5000, query_timeout: 300_000, statement_timeout: 290_000 };
  const pool = new pg.Pool({ ...connection, ...limits, max: 1 });
  pool.on("error", () => undefined); // its query says the same
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    if ((await migrationsOf(pool)).some((name) => !(name in migrations))) {
      log.warn("the database was migrated by a newer version: left as it is");
      return false;
    }
    const provider = { getMigrations: () => Promise.resolve(migrations) };
    const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
    for (const { migrationName } of results) log.info({ migration: migrationName }, "migrated the database");
    return true;
  } finally {
    await db.destroy();
  }
}

/** @throws Error when the schema lacks something that this version needs */
export async function expectMigrated(client: pg.Client): Promise<void> {
  const done = new Set(await migrationsOf(client));
  const missing = Object.keys(migrations).filter((name) => !done.has(name));
  if (missing.length === 0) return;
  throw new Error(
    `the database lacks ${missing.join(", ")}: expected \`migrate\` to have run (the Job of k8s/database)`,
  );
}

/** Names of those that were applied. */
async function migrationsOf(client: pg.Client | pg.Pool): Promise<string[]> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('kysely_migration') IS NOT NULL AS there",
  );
  if (!rows[0]?.there) return [];
  const done = await client.query<{ name: string }>("SELECT name FROM kysely_migration");
  return done.rows.map(({ name }) => name);
}
