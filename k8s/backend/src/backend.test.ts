import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Entrance, apiEntrance, emptyDatabase, withClient } from "../testing/database.ts";
import { backendEnv, samplesHeaders } from "../testing/env.ts";
import { openFeed } from "../testing/feedClient.ts";
import { silent, until } from "../testing/log.ts";
import { buildSample, buildSeries } from "../testing/samples.ts";
import { type Backend, startBackend } from "./backend.ts";
import { readSettings } from "./config.ts";
import { prepareDatabase } from "./database/prepare.ts";
import type { Status } from "./schemas.ts";

describe("the backend", function () {
  const folder = mkdtempSync(join(tmpdir(), "backend-"));
  const replicas: Backend[] = [];
  let administrator: Entrance;
  let api: Entrance;
  let [first, second] = [undefined, undefined] as unknown as [Backend, Backend];

  const start = async (changes: NodeJS.ProcessEnv = {}): Promise<Backend> => {
    const env = backendEnv(api, folder, changes);
    const backend = await startBackend(readSettings(env), silent);
    replicas.push(backend);
    return backend;
  };
  const get = (path: string, backend = first) => fetch(backend.url + path);
  const post = (path: string, body: unknown, backend = first) =>
    fetch(backend.url + path, {
      ...{ method: "POST", headers: samplesHeaders },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const databaseState = async (backend: Backend) =>
    ((await (await get("/api/status", backend)).json()) as Status).database;

  before(async () => {
    administrator = await emptyDatabase();
    api = apiEntrance(administrator);
    // Both come before their database is prepared.
    [first, second] = await Promise.all([start(), start({ VARIANT: "b" })]);
    await until("the login is missed", async () =>
      /authentication failed/.test((await databaseState(first)).problem ?? ""),
    );
    await prepareDatabase(administrator, api, silent);
    for (const backend of [first, second]) {
      await until("the database is up", async () => (await databaseState(backend)).up);
    }
  });
  after(async () => {
    await Promise.all(replicas.map((backend) => backend.stop()));
    rmSync(folder, { recursive: true });
  });

  it("says which variant answers, in the header also of failures", async () => {
    const answer = await get("/api/info", second);
    assert.equal(answer.headers.get("x-variant"), "b");
    assert.equal(((await answer.json()) as { variant: string }).variant, "b");
    assert.equal((await get("/api/nothing")).headers.get("x-variant"), "a");
  });

  it("stores on one replica what the other one shows", async () => {
    const [newest] = buildSeries(1, Date.now(), { machine: "shown" });
    assert.deepEqual(await (await post("/api/samples", newest)).json(), { stored: 1, known: 0, outside: 0 });
    assert.deepEqual(await (await get("/api/samples/latest?machine=shown", second)).json(), newest);
    const history = (await (await get("/api/history?machine=shown", second)).json()) as { points: unknown[] };
    assert.equal(history.points.length, 1);
  });

  const refused: [name: string, status: number, code: string, ask: () => Promise<Response>][] = [
    ["a body that is no JSON", 400, "Invalid", () => post("/api/samples", "{")],
    ["an unknown field", 400, "Invalid", () => post("/api/samples", { ...buildSample(), colour: "red" })],
    ["a number as text", 400, "Invalid", () => post("/api/burst", { requests: "3" })],
    ["an empty batch", 400, "Invalid", () => post("/api/samples/batch", { samples: [] })],
    ["a body that is no object", 400, "Invalid", () => post("/api/samples", "null")],
    ["too long a burst", 400, "Invalid", () => post("/api/burst", { requests: 21 })],
    ["an unknown parameter", 400, "Invalid", () => get("/api/history?machine=m&x=1")],
    ["a range that ends before it begins", 400, "Invalid", () => get("/api/history?machine=m&to=1970-01-01T00:00:00Z&from=1971-01-01T00:00:00Z")], // prettier-ignore
    ["an unknown machine", 404, "NotFound", () => get("/api/samples/latest?machine=nobody")],
    ["an unknown path", 404, "NotFound", () => get("/api/samples/")],
    ["another method", 405, "MethodNotAllowed", () => get("/api/samples")],
    ["a method that wants a body", 405, "MethodNotAllowed", () => fetch(`${first.url}/api/info`, { method: "QUERY" })], // prettier-ignore
    ["the cluster without one", 503, "ClusterDown", () => get("/api/cluster")],
  ];
  for (const [name, status, code, ask] of refused) {
    it(`answers ${name} with ${status}, and says why`, async () => {
      const answer = await ask();
      assert.equal(answer.status, status);
      const { code: found, message } = (await answer.json()) as { code: string; message: string };
      assert.equal(found, code);
      assert.ok(message.length > 10, message);
    });
  }

  it("sends every sample once, in order, also to who comes again elsewhere", async () => {
    const machine = "fed";
    const series = buildSeries(30, Date.now(), { machine });
    const samplesOf = (client: { events: { event: string; data: unknown; id?: number }[] }) =>
      client.events.filter(
        ({ event, data }) => event === "sample" && (data as { machine: string }).machine === machine,
      );
    const client = await openFeed(first.url);
    await until("the first event", () => client.events.some(({ event }) => event === "status"));
    // From here on it listens for certain: what was sent before it joined would come by its id only.
    for (let sent = 0; samplesOf(client).length === 0; sent++) {
      assert.ok(sent < 500);
      await post(
        "/api/samples",
        buildSample({ machine, time: new Date(Date.now() - 60_000 - sent).toISOString() }),
      );
    }
    const known = samplesOf(client).length;
    await post("/api/samples/batch", { samples: series.slice(0, 10) }, second);
    await until("ten samples", () => samplesOf(client).length >= known + 10);
    client.close();
    const last = samplesOf(client).at(-1)!;

    await post("/api/samples/batch", { samples: series.slice(10, 20) });
    const again = await openFeed(second.url, last.id);
    await until("what was missed", () => samplesOf(again).length === 10);
    await post("/api/samples/batch", { samples: series.slice(20) });
    await until("what is new", () => samplesOf(again).length === 20);
    again.close();
    assert.deepEqual([...samplesOf(client).slice(-10), ...samplesOf(again)].map(({ data }) => data), series); // prettier-ignore
    const ids = samplesOf(again).map(({ id }) => id!);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
  });

  it("tells a client whose id it cannot know to load history anew", async () => {
    const client = await openFeed(first.url, 1_000_000);
    await until("reset", () => client.events.some(({ event }) => event === "reset"));
    client.close();
  });

  it("goes on after its connections were cut, and the feed loses nothing", async () => {
    const unhandled: unknown[] = []; // would end the program
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const client = await openFeed(first.url, 0);
    await until("old samples", () => client.events.some(({ event }) => event === "sample"));
    await withClient(api, async (own) => {
      await own.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'backend %'",
        [api.database],
      );
      await own.query(
        `INSERT INTO samples (machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used)
         VALUES ('meanwhile', now(), 0.5, 1, 2, 1)`,
      );
    });
    const machines = () => client.events.map(({ data }) => (data as { machine?: string }).machine);
    await until("the sample that came meanwhile", () => machines().includes("meanwhile"));
    await until("the database is up", async () => (await databaseState(first)).up);
    client.close();
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  it("without a database answers at once, says why, and stays ready", async () => {
    const lost = await start({ DATABASE_PORT: "1" });
    await until("the problem", async () => /ECONNREFUSED/.test((await databaseState(lost)).problem ?? ""));
    const answer = await post("/api/samples", buildSample(), lost);
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get("retry-after")) > 0);
    assert.equal(((await answer.json()) as { code: string }).code, "DatabaseDown");
    assert.equal((await fetch(`${lost.metricsUrl}/readyz`)).status, 200);
    assert.match(await (await fetch(`${lost.metricsUrl}/metrics`)).text(), /^backend_database_up\{.*\} 0$/m);
  });

  it("is ready once it knows whether there is a database", async () => {
    const silence = createServer().listen(0, "127.0.0.1");
    const reached = once(silence, "connection") as Promise<[Socket]>;
    await once(silence, "listening");
    const { port } = silence.address() as AddressInfo;
    const waiting = await start({ DATABASE_PORT: String(port) });
    const readiness = async () => (await fetch(`${waiting.metricsUrl}/readyz`)).status;
    const [socket] = await reached;
    assert.equal(await readiness(), 503);
    silence.close();
    socket.destroy();
    await until("readiness", async () => (await readiness()) === 200);
    assert.equal((await databaseState(waiting)).up, false);
  });

  it("does not talk to a database whose certificate nobody vouches for", async () => {
    const doubting = await start({ DATABASE_CA_FILE: "" });
    await until("the problem", async () => /certificate/.test((await databaseState(doubting)).problem ?? ""));
  });

  it("measures its machine", async () => {
    await start({ COLLECT_SECONDS: "0.05", MACHINE: "measured" });
    const latest = () => get("/api/samples/latest?machine=measured");
    await until("a sample", async () => (await latest()).status === 200);
    const { cpu } = (await (await latest()).json()) as { cpu: { cores: number } };
    assert.ok(cpu.cores > 0);
  });

  it("makes load when it may, one test at a time", async () => {
    const [one, other] = await Promise.all([
      post("/api/cpu-test", { seconds: 1 }),
      post("/api/cpu-test", { seconds: 1 }),
    ]);
    assert.deepEqual([one.status, other.status].sort(), [200, 429]);
    const burst = (await (await post("/api/burst", { requests: 20 })).json()) as object;
    const { succeeded, variants } = burst as { succeeded: number; variants: object };
    assert.deepEqual([succeeded, variants], [20, { a: 20, b: 0 }]);
    const off = await start({ CPU_TEST_MAX_SECONDS: "0", BURST_MAX_REQUESTS: "0" });
    assert.equal((await post("/api/cpu-test", { seconds: 1 }, off)).status, 403);
    assert.equal((await post("/api/burst", { requests: 1 }, off)).status, 403);
  });

  it("ends in order: not ready first, the answer under way is given, feeds are ended", async () => {
    const leaving = await start({ SHUTDOWN_DELAY_SECONDS: "0.3" });
    const feed = await openFeed(leaving.url);
    const answer = post("/api/cpu-test", { seconds: 1 }, leaving);
    await until(
      "the test runs",
      async () => (await post("/api/cpu-test", { seconds: 1 }, leaving)).status === 429,
    );
    const stopped = leaving.stop();
    replicas.splice(replicas.indexOf(leaving), 1);
    assert.equal((await fetch(`${leaving.metricsUrl}/readyz`)).status, 503);
    assert.equal((await get("/api/info", leaving)).status, 200);
    assert.equal((await answer).status, 200);
    await Promise.all([stopped, leaving.stop()]); // as by Ctrl-C and SIGTERM
    await until("the feed ends", () => feed.ended);
    await assert.rejects(get("/api/info", leaving));
  });
});
