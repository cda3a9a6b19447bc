// The page as a browser gets it, without a control plane: its own server, the real backend, a real PostgreSQL with an hour
// of samples, and a played API server. For benchmarks, judges and tests.
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "../../../../k8s/backend/src/backend.ts";
import { readSettings } from "../../../../k8s/backend/src/config.ts";
import { type Entrance, preparedDatabase, withClient } from "../../../../k8s/backend/testing/database.ts";
import { backendEnv } from "../../../../k8s/backend/testing/env.ts";
import { silent } from "../../../../k8s/backend/testing/log.ts";
import { type OwnDatabase, startDatabase } from "../../testing/database.ts";
import { buildLists } from "./objects.ts";
import { serveOrigin } from "./origin.ts";
import { playCluster } from "./playedCluster.ts";

export interface Site {
  url: string;
  /** Of its files; gone after `stop`. */
  folder: string;
  /** The machine that the samples are of. */
  machine: string;
  database: OwnDatabase;
  /** Its way into the API's database. */
  administrator: Entrance;
  stop(): Promise<void>;
}

const machine = "aks-system-58522022-vmss000000";

/** @param collectSeconds between two samples; those of the past hour are two seconds apart */
export async function startSite({ collectSeconds = 2 } = {}): Promise<Site> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(mkdtempDisposableSync(join(tmpdir(), "spot-balancer-site-"))).path;
  const database = await startDatabase();
  starting.defer(database.stop);
  const { administrator, api } = await preparedDatabase(database.server);
  await fill(administrator);
  const cluster = await playCluster(buildLists(Date.now()), join(folder, "service-account"));
  starting.defer(cluster.close);
  const env = backendEnv(api, folder, {
    ...{ ...cluster.env, MACHINE: machine, COLLECT_SECONDS: String(collectSeconds) },
    ...{ CPU_TEST_MAX_SECONDS: "10", BURST_MAX_REQUESTS: "50" },
  });
  const backend = await startBackend(readSettings(env), silent);
  starting.defer(() => backend.stop());
  const origin = await serveOrigin(backend.url, join(folder, "page"));
  starting.defer(origin.close);
  const started = starting.move();
  return { url: origin.url, folder, machine, database, administrator, stop: () => started.disposeAsync() };
}

/** With an hour of samples, up to now. */
async function fill(administrator: Entrance): Promise<void> {
  const text = `INSERT INTO samples (machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used)
    SELECT $1, now() - n * interval '1 s', 0.5 + 0.4 * sin(n / 60.0), 4, 16e9, 5e9 + 2e9 * sin(n / 300.0)
    FROM generate_series(2, 3600, 2) n`;
  await withClient(administrator, (client) => client.query(text, [machine]));
}
