// Brings the schema of the database up to date. Several replicas may do so at once: Kysely's migrator takes a lock.
import { Kysely, PostgresDialect } from "kysely";
import { Migrator } from "kysely/migration";
import type { Logger } from "pino";
import pg from "pg";
import { migrations } from "./migrations.ts";

/**
 * A database that a newer version has migrated already is left as it is: schema changes must leave the version before
 * working (first add, then use, then remove), or a rolling update could not go back.
 */
export async function migrate(connection: pg.ClientConfig, log: Logger): Promise<void> {
  const pool = new pg.Pool({ ...connection, max: 1, query_timeout: 300_000, statement_timeout: 290_000 });
  pool.on("error", () => undefined); // its query says the same
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    if (await isNewer(pool)) {
      log.warn("the database was migrated by a newer version: left as it is");
      return;
    }
    const provider = { getMigrations: () => Promise.resolve(migrations) };
    const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
    for (const { migrationName } of results) log.info({ migration: migrationName }, "migrated the database");
  } finally {
    await db.destroy();
  }
}

async function isNewer(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    "SELECT to_regclass('kysely_migration') IS NOT NULL AS there",
  );
  if (!rows[0]?.there) return false;
  const done = await pool.query<{ name: string }>("SELECT name FROM kysely_migration");
  return done.rows.some(({ name }) => !(name in migrations));
}
