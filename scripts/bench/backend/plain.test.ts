import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "../../../k8s/backend/src/backend.ts";
import { readSettings } from "../../../k8s/backend/src/config.ts";
import { preparedDatabase, withClient } from "../../../k8s/backend/testing/database.ts";
import { backendEnv, samplesHeaders } from "../../../k8s/backend/testing/env.ts";
import { silent, until } from "../../../k8s/backend/testing/log.ts";
import { buildSample, buildSeries } from "../../../k8s/backend/testing/samples.ts";
import { type Replica, programs, startReplica } from "./replica.ts";

interface Row {
  /** The transaction that stored it. */
  xmin: string;
  [column: string]: unknown;
}

describe("the plain endpoint that the backend is held against", function () {
  const folder = mkdtempSync(join(tmpdir(), "bench-backend-"));
  after(() => rmSync(folder, { recursive: true }));

  const now = Date.now();
  const series = buildSeries(20, now);
  const [first, ...later] = buildSeries(3, now, { machine: "batch" });
  const asked: [path: string, body: unknown][] = [
    ["", buildSample({ machine: "once", time: new Date(now).toISOString() })],
    ["", buildSample({ machine: "once", time: new Date(now).toISOString() })],
    ["", buildSample({ machine: "old", time: "2001-01-01T00:00:00Z" })],
    ["", { machine: "wrong" }],
    ["/batch", { samples: [first, ...later, first] }],
  ];

  /** What a program answers, and what is in its database then. */
  async function told(start: (env: NodeJS.ProcessEnv) => Promise<Replica>) {
    const { administrator, api } = await preparedDatabase();
    const replica = await start(backendEnv(api, folder));
    await until("the database", async () => (await fetch(`${replica.url}/api/machines`)).status === 200);
    const post = async (path: string, body: unknown) => {
      const options = { method: "POST", headers: samplesHeaders, body: JSON.stringify(body) };
      const answer = await fetch(`${replica.url}/api/samples${path}`, options);
      return [answer.status, await answer.json()];
    };
    try {
      const answers: unknown[] = [];
      for (const [path, body] of asked) answers.push(await post(path, body));
      answers.push(...(await Promise.all(series.map((sample) => post("", sample)))));
      const text =
        "SELECT xmin::text, to_jsonb(samples) - 'seq' AS row FROM samples ORDER BY machine, taken_at";
      const { rows } = await withClient(administrator, (client) => client.query<Row>(text));
      return {
        answers,
        rows: rows.map(({ row }) => row),
        transactions: new Set(rows.map(({ xmin }) => xmin)).size,
      };
    } finally {
      await replica.stop();
    }
  }

  it("answers and stores the same, but each request by itself", async () => {
    const [backend, plain] = await Promise.all([
      told((env) => startBackend(readSettings(env), silent)),
      told((env) => startReplica(programs.plain, env)),
    ]);
    assert.deepEqual(plain.answers, backend.answers);
    assert.deepEqual(plain.rows, backend.rows);
    assert.equal(plain.rows.length, 1 + 3 + series.length);
    assert.equal(plain.transactions, 1 + 1 + series.length);
    assert.ok(backend.transactions < plain.transactions, `got ${backend.transactions}`);
  });
});
