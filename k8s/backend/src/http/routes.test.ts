// What each route takes, asks of what stands behind it, and answers. All that stands behind is played.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Listening, listening } from "../../../../balancer/testing/listening.ts";
import { silent } from "../../testing/log.ts";
import { buildSample } from "../../testing/samples.ts";
import type { Info, Sample, Status } from "../schemas.ts";
import { aboutRoutes, type About } from "./about.ts";
import { type App, buildApp } from "./app.ts";
import type { Intake } from "./intake.ts";
import { type LoadOptions, loadRoutes } from "./load.ts";
import { sampleRoutes } from "./samples.ts";

async function appWith(add: (app: App) => void): Promise<App> {
  const log = { log: silent, metrics: { request: () => undefined } };
  const app = buildApp({ ...{ variant: "a", version: "1", leaving: () => false }, ...log });
  await app.register((routes, _options, done) => {
    add(routes.withTypeProvider());
    done();
  });
  return app;
}
const post = (app: App, url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: "POST", url, payload, headers: { authorization: "Bearer t", ...headers } });

describe("routes of samples", () => {
  let app: App;
  let stored: Sample[][];
  let asked: { text: string; values: unknown[] }[];
  let rows: object[];
  beforeEach(async () => {
    [stored, asked, rows] = [[], [], []];
    const query = (what: { text: string; values: unknown[] }) => (
      asked.push(what),
      Promise.resolve({ rows })
    );
    const store = (samples: Sample[]) => (stored.push(samples), Promise.resolve({ stored: samples.length, known: 0, outside: 0 })); // prettier-ignore
    const database = { reads: { query }, link: { up: true } };
    const intake = { database, store: { store, expectRoom: () => undefined }, token: () => "t" };
    app = await appWith((routes) => sampleRoutes(routes, intake as unknown as Intake));
  });

  const sample = buildSample();
  const [one, batch] = ["/api/samples", "/api/samples/batch"];
  it("store one, or many at once, of who has the token", async () => {
    assert.deepEqual((await post(app, one, sample)).json(), { stored: 1, known: 0, outside: 0 });
    const many = [sample, buildSample({ machine: "m2" })];
    assert.deepEqual((await post(app, batch, { samples: many })).json<object>(), { stored: 2, known: 0, outside: 0 }); // prettier-ignore
    assert.deepEqual(stored, [[sample], many]);
    for (const url of [one, batch])
      assert.equal((await post(app, url, sample, { authorization: "Bearer other" })).statusCode, 401);
    assert.equal(stored.length, 2);
  });

  const bodies: [what: string, url: string, bytes: number, status: number][] = [
    ["a sample of 64 KiB", one, 64 * 2 ** 10, 200],
    ["a byte more", one, 64 * 2 ** 10 + 1, 413],
    ["a batch of 4 MiB", batch, 4 * 2 ** 20, 200],
    ["a byte more", batch, 4 * 2 ** 20 + 1, 413],
  ];
  for (const [what, url, bytes, status] of bodies)
    it(`answer ${status} to ${what}`, async () => {
      const text = JSON.stringify(url === one ? sample : { samples: [sample] });
      const payload = text + " ".repeat(bytes - text.length);
      const headers = { authorization: "Bearer t", "content-type": "application/json" };
      assert.equal((await app.inject({ method: "POST", url, payload, headers })).statusCode, status);
    });

  it("tell of a thousand machines at most, and when each was measured last", async () => {
    rows = [{ machine: "m1", time: new Date(0) }];
    const answer = await app.inject("/api/machines");
    assert.deepEqual(answer.json(), { machines: [{ machine: "m1", time: "1970-01-01T00:00:00.000Z" }] });
    assert.deepEqual(asked[0]?.values, [1000]);
  });

  it("have the newest sample of a machine, or say that it has none", async () => {
    const answer = await app.inject("/api/samples/latest?machine=m1");
    assert.deepEqual([answer.statusCode, answer.json()], [404, { code: "NotFound", message: "There is no sample of m1" }]); // prettier-ignore
    assert.deepEqual(asked[0]?.values, ["m1"]);
    rows = [{ machine: "m1", taken_at: new Date(0), cpu_utilization: 0.5, cpu_cores: 2, memory_total: "8", memory_used: "4", processes: null }]; // prettier-ignore
    assert.deepEqual((await app.inject("/api/samples/latest?machine=m1")).json<object>(), {
      ...{ machine: "m1", time: "1970-01-01T00:00:00.000Z", cpu: { utilization: 0.5, cores: 2 } },
      memory: { totalBytes: 8, usedBytes: 4 },
    });
  });

  const ranges: [from: string, to: string, status: number][] = [
    ["2026-11-29T12:00:00Z", "2026-11-29T12:00:01Z", 200],
    ["2026-11-29T12:00:00Z", "2026-11-29T12:00:00Z", 400],
    ["2026-11-29T12:00:01Z", "2026-11-29T12:00:00Z", 400],
    ["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", 200],
    ["1969-12-31T23:59:59Z", "1970-01-02T00:00:00Z", 400],
    ["2199-12-31T00:00:00Z", "2200-01-01T00:00:00Z", 200],
    ["2199-12-31T00:00:00Z", "2200-01-01T00:00:01Z", 400],
  ];
  for (const [from, to, status] of ranges)
    it(`answer ${status} to history from ${from} to ${to}`, async () => {
      const answer = await app.inject(`/api/history?machine=m1&from=${from}&to=${to}`);
      assert.equal(answer.statusCode, status, answer.body);
      if (status !== 200) return assert.deepEqual(asked, []);
      const [machine, , start, end] = asked[0]!.values;
      assert.deepEqual([machine, start, end], ["m1", ...[from, to].map((time) => time.replace("Z", ".000Z"))]); // prettier-ignore
    });

  it("give the last hour where no times are asked for, or the hour before one, in so many buckets", async () => {
    const before = Date.now();
    await app.inject("/api/history?machine=m1");
    await app.inject("/api/history?machine=m1&to=2026-11-29T12:00:00Z&points=61");
    const [last, given] = asked.map(({ values }) => values as [string, number, string, string]);
    const [from, to] = [Date.parse(last![2]), Date.parse(last![3])];
    assert.ok(to >= before && to <= Date.now());
    assert.equal(to - from, 3_600_000);
    assert.deepEqual(given, ["m1", 60_000, "2026-11-29T11:00:00.000Z", "2026-11-29T12:00:00.000Z"]);
  });
});

describe("routes that make load", () => {
  let target: Listening;
  let held: (() => void)[];
  beforeEach(async () => {
    held = [];
    target = await listening(createServer((_request, response) => held.push(() => response.end())));
  });
  afterEach(() => target.stop());
  const load = (changes: Partial<LoadOptions> = {}) => {
    const burstUrl = () => target.url;
    const options = { variant: "b", instance: "pod-1", cpuTestMaxSeconds: 2, burstMaxRequests: 3, burstUrl };
    return appWith((app) => loadRoutes(app, { ...options, ...changes }));
  };
  const codeOf = async (answer: ReturnType<typeof post>) => {
    const { statusCode, body } = await answer;
    const { code, message } = JSON.parse(body) as { code?: string; message?: string };
    return `${statusCode} ${code ?? ""} ${message ?? ""}`.trim();
  };

  it("are off where they may do none", async () => {
    const app = await load({ cpuTestMaxSeconds: 0, burstMaxRequests: 0 });
    assert.equal(await codeOf(post(app, "/api/cpu-test", { seconds: 1 })), "403 Disabled The CPU test is switched off here"); // prettier-ignore
    assert.equal(await codeOf(post(app, "/api/burst", { requests: 1 })), "403 Disabled The burst is switched off here"); // prettier-ignore
    assert.equal(held.length, 0);
  });

  it("make no more than they may, nor less than one", async () => {
    const app = await load();
    for (const [url, body] of [["/api/cpu-test", { seconds: 3 }], ["/api/cpu-test", { seconds: 0 }], ["/api/burst", { requests: 4 }], ["/api/burst", { requests: 0 }], ["/api/burst", { requests: 1, more: 1 }]] as const)
      assert.match(await codeOf(post(app, url, body)), /^400 Invalid /, JSON.stringify(body));
  }); // prettier-ignore

  it("run one of a kind at a time, and the next once it is over, also after a failure", async () => {
    let url = "";
    const app = await load({ burstUrl: () => url || target.url });
    const first = post(app, "/api/burst", { requests: 3 });
    while (held.length < 3) await delay(1);
    assert.equal(await codeOf(post(app, "/api/burst", { requests: 1 })), "429 Running A burst is running on this replica: wait for its end"); // prettier-ignore
    for (const answer of held) answer();
    assert.deepEqual((await first).json<{ succeeded: number }>().succeeded, 3);
    url = "no URL";
    for (let i = 0; i < 2; i++) assert.match(await codeOf(post(app, "/api/burst", { requests: 1 })), /^500 Internal /); // prettier-ignore
  });

  it("say who was busy, for how long, and that a burst does not wait for it", async () => {
    const app = await load();
    const busy = post(app, "/api/cpu-test", { seconds: 1 });
    await delay(10);
    const burst = post(app, "/api/burst", { requests: 1 });
    while (held.length === 0) await delay(1);
    held[0]!();
    assert.equal((await burst).statusCode, 200);
    const { seconds, iterations, ...who } = (await busy).json<{ seconds: number; iterations: number }>();
    assert.deepEqual(who, { variant: "b", instance: "pod-1" });
    assert.ok(seconds >= 1 && seconds < 20 && iterations > 1000, `${iterations} in ${seconds} s`);
  });
});

describe("routes about a replica", () => {
  const link = { up: false, since: "2026-11-29T12:00:00.000Z", problem: "no right to list pods" };
  const status: Status = { database: { ...link, up: true, problem: null }, cluster: link };
  const info: Info = {
    ...{ variant: "a", version: "1.2.3", instance: "pod-1", machine: "m1", startedAt: link.since },
    features: { cpuTest: null, burst: { maxRequests: 5 } },
  };
  const about = (cluster: unknown) =>
    appWith((app) => aboutRoutes(app, { info, status: () => status, cluster } as About));

  it("say who it is, and what it depends on", async () => {
    const app = await about(undefined);
    assert.deepEqual((await app.inject("/api/info")).json(), info);
    assert.deepEqual((await app.inject("/api/status")).json(), status);
  });

  it("give the cluster as it is known, as the text that there is of it, and say why where it is not", async () => {
    for (const cluster of [undefined, { known: false, json: "{}" }]) {
      const answer = await (await about(cluster)).inject("/api/cluster");
      assert.deepEqual([answer.statusCode, answer.json()], [503, { code: "ClusterDown", message: "The cluster cannot be read: no right to list pods" }]); // prettier-ignore
    }
    const text = '{"nodes":[],  "more":1}';
    const { body, headers } = await (await about({ known: true, json: text })).inject("/api/cluster");
    assert.deepEqual([body, headers["content-type"]], [text, "application/json; charset=utf-8"]);
  });
});
