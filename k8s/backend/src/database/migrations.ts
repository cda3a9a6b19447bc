// The schema of the database, change by change. What has been released is never edited; a change is a new entry.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const run =
  (...statements: string[]) =>
  async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db);
  };

/** In the order of their names. */
export const migrations: Record<string, Migration> = {
  "2026-11-21-samples": {
    up: run(
      // The key makes storing idempotent. What history needs is in its index, so that it never reads the wide rows.
      `CREATE TABLE samples (
         machine text NOT NULL,
         taken_at timestamptz(3) NOT NULL,
         seq bigint GENERATED ALWAYS AS IDENTITY,
         cpu_utilization real NOT NULL,
         cpu_cores smallint NOT NULL,
         memory_total bigint NOT NULL,
         memory_used bigint NOT NULL,
         processes jsonb,
         PRIMARY KEY (machine, taken_at) INCLUDE (cpu_utilization, memory_used)
       )`,
      "CREATE UNIQUE INDEX samples_seq ON samples (seq)",
      // Retention looks for old rows; they lie together, so a few kilobytes of index do.
      "CREATE INDEX samples_taken_at ON samples USING brin (taken_at) WITH (pages_per_range = 32)",
      // Numbers are drawn before the commit: without a lock a reader at 12 could miss an 11 that commits later. Held to
      // the end of the transaction, it makes the order of seq the order in which rows become visible, whoever inserts.
      // NOTIFY takes such a lock for the commit anyway.
      `CREATE FUNCTION samples_one_after_the_other() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         PERFORM pg_advisory_xact_lock(1935764848, 1);
         RETURN NULL;
       END $$`,
      `CREATE FUNCTION samples_tell() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         PERFORM pg_notify('samples', '');
         RETURN NULL;
       END $$`,
      `CREATE TRIGGER samples_one_after_the_other BEFORE INSERT ON samples
       FOR EACH STATEMENT EXECUTE FUNCTION samples_one_after_the_other()`,
      `CREATE TRIGGER samples_tell AFTER INSERT ON samples
       FOR EACH STATEMENT EXECUTE FUNCTION samples_tell()`,
      // Rows come at the end and leave at the beginning: vacuum early, so that index-only scans stay such.
      `ALTER TABLE samples SET (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05)`,
    ),
  },
  "2026-11-29-own-samples": {
    up: run(
      // Measured by a backend on the machine itself; what others say of such a machine is not stored.
      "ALTER TABLE samples ADD COLUMN own boolean NOT NULL DEFAULT false",
      "CREATE INDEX samples_own ON samples (machine, taken_at) WHERE own",
    ),
  },
};
