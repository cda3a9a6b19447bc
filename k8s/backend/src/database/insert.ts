// One statement that stores rows, and says of each what became of it.
import type { Sample } from "../schemas.ts";
import type { Queries } from "./queries.ts";

export interface Row {
  /** Machine and time, as the results name it. */
  key: string;
  /** Measured by a backend on that machine. */
  own: boolean;
  sample: Sample;
  /** ISO 8601 with milliseconds, as the database keeps it. */
  time: string;
}

interface Result {
  machine: string;
  /** ms since 1970 */
  at: number;
  /** Not stored, as its machine measures itself. */
  refused: boolean;
}

const given = "machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used, processes, own";
const at = "(extract(epoch FROM taken_at) * 1000)::float8 AS at";

/** What is posted for a machine that measured itself within the last hour is not stored. */
const insert = `
  WITH given AS MATERIALIZED (
    SELECT *, NOT own AND EXISTS (
      SELECT FROM samples s WHERE s.own AND s.machine = g.machine AND s.taken_at > now() - interval '1 hour'
    ) AS refused
    FROM unnest($1::text[], $2::timestamptz[], $3::real[], $4::smallint[], $5::bigint[], $6::bigint[], $7::jsonb[], $8::boolean[])
      AS g (${given})
  ), stored AS (
    INSERT INTO samples (${given})
    SELECT ${given} FROM given WHERE NOT refused
    ON CONFLICT (machine, taken_at) DO NOTHING
    RETURNING machine, taken_at
  )
  SELECT machine, ${at}, false AS refused FROM stored
  UNION ALL SELECT machine, ${at}, true FROM given WHERE refused`;

/** @param rows without the same key twice. @returns keys; what is in neither was there already */
export async function insertRows(
  database: Queries,
  rows: Row[],
): Promise<{ stored: Set<string>; refused: Set<string> }> {
  const { rows: results } = await database.query<Result>({
    name: "store",
    text: insert,
    values: columnsOf(rows),
  });
  const [stored, refused] = [new Set<string>(), new Set<string>()];
  for (const one of results) (one.refused ? refused : stored).add(`${one.machine} ${one.at}`);
  return { stored, refused };
}

const columnsOf = (rows: Row[]): unknown[] => [
  rows.map(({ sample }) => sample.machine),
  rows.map(({ time }) => time),
  rows.map(({ sample }) => sample.cpu.utilization),
  rows.map(({ sample }) => sample.cpu.cores),
  rows.map(({ sample }) => sample.memory.totalBytes),
  rows.map(({ sample }) => sample.memory.usedBytes),
  rows.map(({ sample }) => (sample.processes ? JSON.stringify(sample.processes) : null)),
  rows.map(({ own }) => own),
];
