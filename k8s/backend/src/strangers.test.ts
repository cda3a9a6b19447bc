// What somebody from outside may do to a backend: little, and never end it, blind it or fill it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Entrance, preparedDatabase, withClient } from "../testing/database.ts";
import { backendEnv, samplesHeaders } from "../testing/env.ts";
import { type FeedClient, openFeed } from "../testing/feedClient.ts";
import { silent, until } from "../testing/log.ts";
import { buildSample, buildSeries } from "../testing/samples.ts";
import { type Backend, startBackend } from "./backend.ts";
import { readSettings } from "./config.ts";
import type { Counts, Sample, Status } from "./schemas.ts";

describe("a backend among strangers", function () {
  const folder = mkdtempSync(join(tmpdir(), "strangers-"));
  const started: Backend[] = [];
  let administrator: Entrance;
  let api: Entrance;
  let backend: Backend;

  const start = async (changes: NodeJS.ProcessEnv = {}): Promise<Backend> => {
    const one = await startBackend(readSettings(backendEnv(api, folder, changes)), silent);
    started.push(one);
    await until("the database is up", async () => {
      const { database } = (await (await fetch(`${one.url}/api/status`)).json()) as Status;
      return database.up;
    });
    return one;
  };
  const get = (path: string, headers: Record<string, string> = {}) => fetch(backend.url + path, { headers });
  const post = (samples: Sample[], headers: Record<string, string> = samplesHeaders, to = backend) =>
    fetch(`${to.url}/api/samples/batch`, { method: "POST", headers, body: JSON.stringify({ samples }) });
  const codeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { code: string }).code,
  ];

  before(async () => {
    ({ administrator, api } = await preparedDatabase());
    backend = await start({
      ...{ MACHINE: "own", COLLECT_SECONDS: "3600", DATABASE_CONNECTIONS: "3" },
      ...{ FEED_CLIENTS: "4", FEED_CLIENTS_PER_ADDRESS: "2", PROXIES: "1", REQUEST_TIMEOUT_SECONDS: "0.5" },
    });
  });
  after(async () => {
    await Promise.all(started.map((one) => one.stop()));
    rmSync(folder, { recursive: true });
  });

  it("takes samples from those who have the token, and from nobody where there is none", async () => {
    const { authorization: _, ...without } = samplesHeaders;
    assert.deepEqual(await codeOf(await post([buildSample()], without)), [401, "Unauthorized"]);
    const wrong = { ...without, authorization: `${samplesHeaders.authorization}x` };
    assert.deepEqual(await codeOf(await post([buildSample()], wrong)), [401, "Unauthorized"]);
    const closed = await start({ SAMPLES_TOKEN: "" });
    assert.deepEqual(await codeOf(await post([buildSample()], samplesHeaders, closed)), [403, "Disabled"]);
  });

  it("answers who has no token before the body has come", async () => {
    const socket = connect(Number(new URL(backend.url).port), "127.0.0.1");
    socket.write("POST /api/samples/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n{");
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it("does not wait for the rest of a body", async () => {
    const socket = connect(Number(new URL(backend.url).port), "127.0.0.1");
    const type = "content-type: application/json\r\ncontent-length: 20\r\n\r\n";
    socket.write(`POST /api/burst HTTP/1.1\r\nhost: x\r\n${type}{"req`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 408 /);
    if (!socket.closed) await once(socket, "close");
  });

  it("believes nobody about the machine that it measures itself, nor about the time to come", async () => {
    const ahead = new Date(Date.now() + 50_000).toISOString();
    const answer = await post([
      buildSample({ machine: "own" }),
      buildSample({ machine: "ahead", time: ahead }),
    ]);
    assert.deepEqual(await answer.json(), { stored: 1, known: 0, outside: 1 } satisfies Counts);
    assert.equal((await get("/api/samples/latest?machine=own")).status, 404);
    const { time } = (await (await get("/api/samples/latest?machine=ahead")).json()) as Sample;
    assert.ok(Date.parse(time) <= Date.now(), time);
  });

  it("keeps a number of clients at the feed, and fewer of one address", async () => {
    const open: FeedClient[] = [];
    const join = async (address: string): Promise<number> => {
      const abort = new AbortController();
      const headers = { "x-forwarded-for": `9.9.9.9, ${address}` };
      const { status } = await fetch(`${backend.url}/api/feed`, { headers, signal: abort.signal });
      if (status === 200) open.push({ events: [], ended: false, close: () => abort.abort() });
      return status;
    };
    for (const [address, status] of [
      ["1.1.1.1", 200],
      ["1.1.1.1", 200],
      ["1.1.1.1", 503],
      ["2001:db8:1:2::1", 200],
      ["2001:db8:1:2:ffff::9", 200],
      ["3.3.3.3", 503],
    ] as const) {
      assert.equal(await join(address), status, address);
    }
    open[0]!.close();
    await until("a place", async () => (await join("3.3.3.3")) === 200);
    for (const client of open) client.close();
  });

  it("sends who has missed thousands of samples to the history", async () => {
    await withClient(administrator, (client) =>
      client.query(
        `INSERT INTO samples (machine, taken_at, cpu_utilization, cpu_cores, memory_total, memory_used)
         SELECT 'many', now() - n * interval '1 s', 0.5, 1, 2, 1 FROM generate_series(1, 2500) n`,
      ),
    );
    const other = await start();
    const client = await openFeed(other.url, 1);
    await until("reset", () => client.events.some(({ event }) => event === "reset"));
    assert.equal(client.events.filter(({ event }) => event === "sample").length, 0);
    client.close();
  });

  it("says busy, not down, when history is asked for more than it can read", async () => {
    const answers = await withClient(administrator, async (client) => {
      await client.query("BEGIN");
      await client.query("LOCK TABLE samples IN ACCESS EXCLUSIVE MODE");
      const asked = Array.from({ length: 60 }, async () => codeOf(await get("/api/history?machine=many")));
      const first = await Promise.race(asked);
      await client.query("ROLLBACK");
      assert.deepEqual(first, [503, "Busy"]);
      return Promise.all(asked);
    });
    assert.ok(answers.some(([status]) => status === 200));
    const { database } = (await (await get("/api/status")).json()) as Status;
    assert.equal(database.up, true);
    assert.equal((await post(buildSeries(2, Date.now(), { machine: "after" }))).status, 200);
  });

  const odd: [path: string, status: number][] = [
    ["/:x(", 404],
    ["/api/:x(", 404],
    ["/api/*", 404],
    ["/api/history?machine=m&from=0000-01-01T00:00:00%2B23:59", 400],
    ["/api/history?machine=m&from=0000-01-01T00:00:00-23:59&to=0000-01-02T00:00:00Z", 400],
    ["/api/history?machine=m&to=9999-12-31T23:59:59-23:59", 400],
    ["/api/history?machine=m&from=1970-01-01T00:00:00Z", 200],
    ["/%", 400],
    ["/api/feed?lastEventId=-1", 400],
  ];
  for (const [path, status] of odd) {
    it(`answers ${path} with ${status}`, async () => assert.equal((await get(path)).status, status));
  }
});
