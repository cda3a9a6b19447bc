import assert from "node:assert/strict";
import { mock } from "node:test";
import timers from "node:timers/promises";
import { UnreachableError } from "../failures.ts";
import { type FakeApiServer, type Fault, startApiServer } from "../testing/apiServer.ts";
import { ApiError } from "./apiError.ts";
import { type ClientOptions, type KubeClient, connect } from "./client.ts";

describe("a request to an API server that fails", () => {
  let server: FakeApiServer;
  let client: KubeClient;
  const path = "/api/v1/namespaces/monitoring/configmaps/state";

  const open = (options: Partial<ClientOptions> = {}) =>
    connect(server.kubeconfig(), {
      signal: new AbortController().signal,
      backoffMs: 1,
      timeoutMs: 20_000,
      ...options,
    });

  beforeEach(async () => {
    server = await startApiServer();
    server.add(path, { metadata: { name: "state" } });
    client = open();
  });
  afterEach(async () => {
    await server.stop();
  });

  const passing: [string, Fault][] = [
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["429", { status: 429, headers: { "retry-after": "0" } }],
    ["a cut connection", "cut"],
    ["a body cut in the middle", "cutBody"],
    ["no answer in time", "hang"],
  ];
  for (const [name, fault] of passing) {
    it(`repeats a read after ${name}`, async () => {
      if (fault === "hang") client = open({ timeoutMs: 500 });
      server.fail({ path: /state/, fault, times: 2 });
      const found = await client.send<{ metadata: { name: string } }>({ path });
      assert.equal(found.metadata.name, "state");
      assert.equal(server.requests.length, 3);
      assert.equal(client.calls.reads, 3);
    });
  }

  it("waits as long as Retry-After asks", async () => {
    server.fail({ path: /state/, fault: { status: 429, headers: { "retry-after": "0.05" } } });
    const start = performance.now();
    await client.send({ path });
    assert.ok(performance.now() - start >= 45);
  });

  it("does not wait after its last attempt", async () => {
    const waits: unknown[] = [];
    mock.method(timers, "setTimeout", (ms: number) => Promise.resolve(waits.push(ms)));
    try {
      server.fail({ path: /state/, fault: { status: 429, headers: { "retry-after": "3" } }, times: 99 });
      await assert.rejects(client.send({ method: "PATCH", path, body: {} }), { status: 429 });
      assert.deepEqual(waits, [3000, 3000]);
    } finally {
      mock.restoreAll();
    }
  });

  const times: [what: string, after: string, date: string, waits: number[]][] = [
    ["by the server's own clock", "Mon, 30 Nov 2026 12:00:03 GMT", "Mon, 30 Nov 2026 12:00:00 GMT", [3000]],
    ["that is over", "Mon, 30 Nov 2026 12:00:03 GMT", "Mon, 30 Nov 2026 12:00:09 GMT", []],
    ["that is none", "soon", "Mon, 30 Nov 2026 12:00:00 GMT", []],
    ["far ahead, 5 s at most, by ours where it does not say its own", new Date(Date.now() + 3_600_000).toUTCString(), "", [5000]],
  ]; // prettier-ignore
  for (const [what, after, date, expected] of times)
    it(`waits until the time that Retry-After names, ${what}`, async () => {
      const waits: unknown[] = [];
      mock.method(timers, "setTimeout", (ms: number) => Promise.resolve(waits.push(ms)));
      try {
        server.fail({ path: /state/, fault: { status: 429, headers: { "retry-after": after, date } } });
        await client.send({ path });
        assert.deepEqual(waits, expected);
      } finally {
        mock.restoreAll();
      }
    });

  it("waits twice as long before each further attempt, five seconds at most", async () => {
    const waits: number[] = [];
    const { setTimeout: later } = globalThis;
    mock.method(Math, "random", () => 0);
    mock.method(globalThis, "setTimeout", (run: () => void, ms: number) => {
      if (ms >= 1000) waits.push(ms); // those of connections are shorter
      return later(run, 0);
    });
    try {
      server.fail({ path: /state/, fault: { status: 500 }, times: 5 });
      await open({ backoffMs: 1500 }).send({ path });
    } finally {
      mock.restoreAll();
    }
    assert.deepEqual(waits, [1500, 3000, 5000, 5000, 5000]);
  });

  it("begins no further attempt at a write ten seconds after the first", async () => {
    let passed = 0;
    const now = performance.now.bind(performance);
    mock.method(performance, "now", () => now() + passed);
    try {
      server.fail({ path: /state/, fault: { status: 429 }, times: 9 });
      server.onRequest = () => void (passed += 6000);
      await assert.rejects(client.send({ method: "PATCH", path, body: {} }), { status: 429 });
      assert.equal(server.requests.length, 2);
      await assert.rejects(client.send({ path }), { status: 429 });
      assert.equal(server.requests.length, 8);
    } finally {
      mock.restoreAll();
    }
  });

  it("tries a write that may be done twice as often as a read, any other one twice more", async () => {
    server.fail({ path: /state/, fault: { status: 429 }, times: 99 });
    await assert.rejects(client.send({ method: "PATCH", path, body: {} }), { status: 429 });
    assert.equal(server.requests.length, 3);
    await assert.rejects(client.send({ method: "PATCH", path, body: {}, repeatable: true }), { status: 429 });
    assert.equal(server.requests.length, 9);
    await assert.rejects(client.send({ path, retries: 1 }), { status: 429 });
    assert.equal(server.requests.length, 11);
  });

  it("gives a request the time of its own", async () => {
    server.fail({ path: /state/, fault: "hang", times: 2 });
    const start = performance.now();
    await assert.rejects(open({ timeoutMs: 5000 }).send({ path, timeoutMs: 20, retries: 0 }), /no answer in time/); // prettier-ignore
    assert.ok(performance.now() - start < 4000);
  });

  it("keeps connections until it is closed", async () => {
    const sockets = () => new Promise<number>((resolve) => server.connections(resolve));
    await client.send({ path });
    assert.equal(await sockets(), 1);
    await client.close();
    while ((await sockets()) > 0) await new Promise(setImmediate);
  });

  it("gives up after six attempts, and says what came last", async () => {
    server.fail({ path: /state/, fault: { status: 500 }, times: 99 });
    await assert.rejects(client.send({ path }), (error: Error) => {
      assert.ok(error instanceof UnreachableError);
      assert.match(error.message, /cluster at http:\/\/127.* fails: GET .*state: 500 Injected/);
      return true;
    });
    assert.equal(server.requests.length, 6);
  });

  it("never repeats a write whose answer was lost: it may have been done", async () => {
    for (const fault of ["cut", "hang", { status: 500 }] satisfies Fault[]) {
      server.requests.length = 0;
      server.fail({ path: /state/, fault });
      if (fault === "hang") client = open({ timeoutMs: 500 });
      await assert.rejects(client.send({ method: "PATCH", path, body: {} }), UnreachableError);
      assert.equal(server.requests.length, 1, JSON.stringify(fault));
    }
  });

  it("repeats a write that the server did not begin (429), unless that is a disruption budget's answer", async () => {
    server.fail({ path: /state/, fault: { status: 429, file: "eviction-429-disruption-budget.json" } });
    await assert.rejects(client.send({ method: "PATCH", path, body: {} }), ApiError);
    assert.equal(server.requests.length, 1);
    server.fail({ path: /state/, fault: { status: 429 }, times: 2 });
    await client.send({ method: "PATCH", path, body: { metadata: {} } });
    assert.equal(server.requests.length, 4);
  });

  it("tells an expired token from other failures, and never shows it", async () => {
    server.fail({ path: /state/, fault: { status: 401, file: "kubernetes-401-token.json" }, times: 99 });
    await assert.rejects(client.send({ path }), (error: Error) => {
      assert.ok(error instanceof UnreachableError);
      assert.match(
        error.message,
        /does not accept the credentials \(401\): the token has expired or was revoked/,
      );
      assert.doesNotMatch(error.message, /secret-token/);
      return true;
    });
    assert.equal(server.requests[0]!.headers.authorization, "Bearer secret-token");
  });

  it("passes RBAC's refusal on at once, with verb and resource", async () => {
    server.fail({ path: /deployments/, fault: { status: 403, file: "kubernetes-403-rbac.json" } });
    await assert.rejects(client.send({ path: "/apis/apps/v1/deployments" }), {
      name: "ApiError",
      status: 403,
      message: /cannot list resource "deployments" in API group "apps" at the cluster scope/,
    });
    assert.equal(server.requests.length, 1);
  });

  it("says what it sends, how long it is, and who asks", async () => {
    const head = () => server.requests.at(-1)!.headers;
    await client.send({ path, query: { limit: 5, pretty: true, continue: undefined } });
    assert.equal(server.requests.at(-1)!.query.toString(), "limit=5&pretty=true");
    assert.deepEqual([head().accept, head()["user-agent"], head()["content-type"]], ["application/json", "spot-balancer", undefined]); // prettier-ignore
    const body = { a: "ü" };
    await client.send({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
    assert.deepEqual([head()["content-type"], head()["content-length"]], ["application/merge-patch+json", "10"]); // prettier-ignore
    await open({ userAgent: "me" }).send({ method: "DELETE", path, body });
    assert.deepEqual([head()["content-type"], head()["content-length"], head()["user-agent"]], ["application/json", "10", "me"]); // prettier-ignore
    assert.deepEqual([client.server, client.calls], [server.url, { reads: 1, writes: 1 }]);
  });

  it("ends one request alone", async () => {
    const stop = new AbortController();
    server.fail({ path: /state/, fault: "hang" });
    const sent = open({ timeoutMs: 5000 }).send({ path, signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(sent, /^Error: enough$/);
  });

  it("says that nobody answers", async () => {
    await server.stop();
    await assert.rejects(open({ retries: 1 }).send({ path }), {
      name: "UnreachableError",
      message: /cluster at http:\/\/127.* cannot be reached: connect ECONNREFUSED/,
    });
  });

  it("ends with the reason of the round's end", async () => {
    const round = new AbortController();
    server.fail({ path: /state/, fault: "hang", times: 99 });
    const sent = open({ signal: round.signal, timeoutMs: 5000 }).send({ path });
    round.abort(new UnreachableError("over"));
    await assert.rejects(sent, { message: "over" });
  });

  it("takes the server's clock when its own is wrong", async () => {
    server.clockOffset = 3_600_000;
    await client.send({ path });
    assert.ok(Math.abs(client.now() - Date.now() - 3_600_000) < 5000);
    server.clockOffset = 500;
    await client.send({ path });
    assert.ok(Math.abs(client.now() - Date.now()) < 250);
  });
});
