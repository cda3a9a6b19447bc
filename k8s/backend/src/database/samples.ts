// Reads samples: history, the newest ones, what came after a number; and removes old ones.
import type { History, Processes, Sample } from "../schemas.ts";
import type { Queries } from "./queries.ts";

interface SampleRow {
  machine: string;
  taken_at: Date;
  cpu_utilization: number;
  cpu_cores: number;
  memory_total: string;
  memory_used: string;
  processes: Processes | null;
}

const columns = "machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used, processes";

const sampleOf = (row: SampleRow): Sample => ({
  machine: row.machine,
  time: row.taken_at.toISOString(),
  cpu: { utilization: row.cpu_utilization, cores: row.cpu_cores },
  memory: { totalBytes: Number(row.memory_total), usedBytes: Number(row.memory_used) },
  ...(row.processes && { processes: row.processes }),
});

export interface Numbered {
  /** Order in which samples became visible; grows, with gaps. */
  seq: number;
  sample: Sample;
}

/** The samples after `seq`, `limit` at most. */
export async function samplesAfter(database: Queries, seq: number, limit: number): Promise<Numbered[]> {
  const { rows } = await database.query<SampleRow & { seq: string }>({
    name: "after",
    text: `SELECT seq, ${columns} FROM samples WHERE seq > $1 ORDER BY seq LIMIT $2`,
    values: [seq, limit],
  });
  return rows.map((row) => ({ seq: Number(row.seq), sample: sampleOf(row) }));
}

/** The number given last, and the oldest one that is still there. */
export async function sequence(database: Queries): Promise<{ last: number; oldest: number | undefined }> {
  const { rows } = await database.query<{ last: string; oldest: string | null }>({
    text: `SELECT (SELECT min(seq) FROM samples) AS oldest,
                  (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM samples_seq_seq) AS last`,
  });
  const { last = "0", oldest } = rows[0] ?? {};
  return { last: Number(last), oldest: oldest == null ? undefined : Number(oldest) };
}

export async function latestSample(database: Queries, machine: string): Promise<Sample | undefined> {
  const { rows } = await database.query<SampleRow>({
    text: `SELECT ${columns} FROM samples WHERE machine = $1 ORDER BY taken_at DESC LIMIT 1`,
    values: [machine],
  });
  return rows[0] && sampleOf(rows[0]);
}

/** Jumps from machine to machine in the key's index, instead of reading every row; `limit` at most, by name. */
export async function machines(
  database: Queries,
  limit: number,
): Promise<{ machine: string; time: string }[]> {
  const { rows } = await database.query<{ machine: string; time: Date }>({
    text: `WITH RECURSIVE found AS (
             (SELECT machine FROM samples ORDER BY machine LIMIT 1)
             UNION ALL
             SELECT (SELECT s.machine FROM samples s WHERE s.machine > found.machine ORDER BY s.machine LIMIT 1)
             FROM found WHERE found.machine IS NOT NULL
           )
           SELECT machine, (SELECT max(taken_at) FROM samples s WHERE s.machine = found.machine) AS time
           FROM found WHERE machine IS NOT NULL LIMIT $1`,
    values: [limit],
  });
  return rows.map(({ machine, time }) => ({ machine, time: time.toISOString() }));
}

export interface HistoryRequest {
  machine: string;
  /** ms since 1970 */
  from: number;
  to: number;
  /** Buckets at most; 2 or more. */
  points: number;
}

/** Down-sampled by the database: only buckets leave it. */
export async function history(database: Queries, request: HistoryRequest): Promise<History> {
  const { machine, from, to, points } = request;
  const bucketMs = bucketMsFor(to - from, points);
  const { rows } = await database.query<Record<"at" | "cpu" | "most" | "memory" | "samples", number>>({
    name: "history",
    text: `SELECT (extract(epoch FROM date_bin($2::float8 * interval '1 ms', taken_at, 'epoch')) * 1000)::float8 AS at,
                  avg(cpu_utilization)::float8 AS cpu, max(cpu_utilization)::float8 AS most,
                  avg(memory_used)::float8 AS memory, count(*)::float8 AS samples
           FROM samples
           WHERE machine = $1 AND taken_at >= $3 AND taken_at < $4
           GROUP BY 1 ORDER BY 1`,
    values: [machine, bucketMs, new Date(from).toISOString(), new Date(to).toISOString()],
  });
  return {
    machine,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    bucketSeconds: bucketMs / 1000,
    points: rows.map(({ at, cpu, most, memory, samples }) => ({
      time: new Date(at).toISOString(),
      cpuUtilization: cpu,
      cpuUtilizationMax: most,
      memoryUsedBytes: memory,
      samples,
    })),
  };
}

/**
 * Whole seconds, so that buckets lie on the same limits whenever one asks, and charts do not flicker. One bucket is
 * cut by the range's start, hence one more than the division gives.
 */
function bucketMsFor(rangeMs: number, points: number): number {
  const second = 1000;
  return Math.max(second, Math.ceil(rangeMs / (points - 1) / second) * second);
}

/** Removes what is older than `before` (ms since 1970), in steps; replicas that do so at once share the work. */
export async function removeOlder(database: Queries, before: number, step = 10_000): Promise<number> {
  for (let removed = 0; ;) {
    const { rowCount } = await database.query({
      text: `DELETE FROM samples WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM samples WHERE taken_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))`,
      values: [new Date(before).toISOString(), step],
    });
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < step) return removed;
  }
}
