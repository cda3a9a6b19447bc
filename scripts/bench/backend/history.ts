// How long history takes with a million samples, beside reading the rows that it is made from.
import pg from "pg";
import type { History } from "../../../k8s/backend/src/schemas.ts";
import { p99 } from "./latency.ts";

const machines = 10;
const samplesPerMachine = 100_000;
const requests = 200;
/** Of a day, so that none is older than the retention. */
const spanMs = 23 * 3_600_000;

export interface HistoryTimes {
  /** p99 in ms of an hour, and of all, as 300 points. */
  hour: number;
  day: number;
  /** p99 in ms of the rows of a whole day, as a plain server would read them to make the points itself. */
  rowsOfDay: number;
}

export async function historyTimes(url: string, connection: pg.ClientConfig): Promise<HistoryTimes> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const to = Date.now();
    await client.query(
      `INSERT INTO samples (machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used)
       SELECT 'machine-' || m, $1::timestamptz - n * ($2::float8 / $3) * interval '1 ms', random(), 4, 1e10, 5e9
       FROM generate_series(1, $3::int) n, generate_series(1, $4::int) m`,
      [new Date(to).toISOString(), spanMs, samplesPerMachine, machines],
    );
    await client.query("VACUUM (ANALYZE) samples"); // autovacuum would come a little later
    const machineOf = (index: number) => `machine-${(index % machines) + 1}`;
    const ask = async (index: number, rangeMs: number): Promise<void> => {
      const range = `from=${new Date(to - rangeMs).toISOString()}&to=${new Date(to).toISOString()}`;
      const answer = await fetch(`${url}/api/history?machine=${machineOf(index)}&${range}&points=300`);
      const { points } = (await answer.json()) as History;
      if (points.length < 250) throw new Error(`expected 250 points or more, got ${points.length}`);
    };
    const rows = async (index: number): Promise<void> => {
      const text = "SELECT taken_at, cpu_utilization, memory_used FROM samples WHERE machine = $1 ORDER BY 1";
      const { rowCount } = await client.query({ name: "rows", text, values: [machineOf(index)] });
      if (rowCount !== samplesPerMachine)
        throw new Error(`expected ${samplesPerMachine} rows, got ${rowCount}`);
    };
    return {
      hour: await p99(requests, (index) => ask(index, 3_600_000)),
      day: await p99(requests, (index) => ask(index, spanMs)),
      rowsOfDay: await p99(20, rows),
    };
  } finally {
    await client.end();
  }
}
