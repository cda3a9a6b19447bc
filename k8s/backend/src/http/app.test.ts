// What holds for every route: headers, limits, failures, who asks, and what is measured.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { Type } from "typebox";
import { silent } from "../../testing/log.ts";
import { DatabaseDown } from "../database/errors.ts";
import { StoreBusy } from "../database/store.ts";
import { Busy } from "../database/turns.ts";
import { type AppOptions, buildApp } from "./app.ts";
import { HttpFailure } from "./failures.ts";

type Measured = [method: string, route: string, status: number, seconds: number];

function buildTestApp(options: Partial<AppOptions> = {}) {
  const measured: Measured[] = [];
  const app = buildApp({
    ...{ variant: "b", version: "1.2.3", log: silent, leaving: () => false },
    metrics: { request: (...all) => void measured.push(all) },
    ...options,
  });
  app.after(() => {
    const query = Type.Object(
      { points: Type.Integer({ maximum: 5 }), by: Type.Optional(Type.Unsafe<string>({ enum: ["a", "b"] })) },
      { additionalProperties: false },
    );
    app.get("/ip", (request) => ({ ip: request.ip }));
    app.get("/query", { schema: { querystring: query } }, ({ query: { points } }) => ({ points }));
    app.post("/body", { schema: { body: query } }, () => ({}));
    app.get<{ Params: { id: string } }>("/slow/:id", async () => (await delay(30), {}));
    app.get<{ Params: { which: string } }>("/fail/:which", ({ params: { which } }) => {
      throw failures[which]!;
    });
  });
  return { app, measured };
}

const failures: Record<string, Error> = {
  own: new HttpFailure(429, "Running", "one is running"),
  down: new DatabaseDown("no database"),
  full: new StoreBusy("too many samples"),
  busy: new Busy("too much to do"),
  unknown: new Error("a secret of the inside"),
};

describe("every answer of the API", () => {
  // prettier-ignore
  const told: [which: string, status: number, code: string, message: RegExp, retryAfter: string | undefined][] = [
    ["own", 429, "Running", /^one is running$/, "2"],
    ["down", 503, "DatabaseDown", /^no database$/, "2"],
    ["full", 503, "Busy", /^too many samples$/, "2"],
    ["busy", 503, "Busy", /^too much to do$/, "2"],
    ["unknown", 500, "Internal", /^Something went wrong here/, undefined],
  ];
  for (const [which, status, code, message, retryAfter] of told)
    it(`says ${status} ${code} after the failure "${which}"`, async () => {
      const answer = await buildTestApp().app.inject(`/fail/${which}`);
      assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [status, code]);
      assert.match(answer.json<{ message: string }>().message, message);
      assert.equal(answer.headers["retry-after"], retryAfter);
    });

  it("leaves a line in the log where something went wrong inside, and nowhere else", async () => {
    const lines: string[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
    const { app } = buildTestApp({ log });
    for (const path of ["/ip", "/fail/own", "/fail/down", "/fail/busy", "/nowhere"]) await app.inject(path);
    assert.deepEqual(lines, []);
    await app.inject("/fail/unknown");
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /"level":50.*a secret of the inside.*"msg":"request failed"/);
  });

  it("bears the variant, is taken for what it says it is, and ends the connection of who should go elsewhere", async () => {
    const { headers } = await buildTestApp().app.inject("/ip");
    assert.deepEqual([headers["x-variant"], headers["x-content-type-options"]], ["b", "nosniff"]);
    assert.notEqual(headers["connection"], "close");
    const leaving = await buildTestApp({ leaving: () => true }).app.inject("/ip");
    assert.equal(leaving.headers["connection"], "close");
  });

  it("is measured by its route's pattern, in seconds", async () => {
    const { app, measured } = buildTestApp();
    await app.inject("/slow/7");
    await app.inject("/nowhere");
    const [[...slow], [...unknown]] = measured as [Measured, Measured];
    const seconds = slow.pop() as number;
    assert.ok(seconds >= 0.029 && seconds < 5, `${seconds} s`);
    assert.deepEqual(slow, ["GET", "/slow/:id", 200]);
    assert.deepEqual(unknown.slice(0, 3), ["GET", "unknown", 404]);
  });

  const hops: [proxies: number, ip: string][] = [
    [0, "10.9.9.9"],
    [1, "3.3.3.3"],
    [2, "2.2.2.2"],
  ];
  for (const [proxies, ip] of hops)
    it(`goes to ${ip} where ${proxies} proxies are believed`, async () => {
      const headers = { "x-forwarded-for": "1.1.1.1, 2.2.2.2, 3.3.3.3" };
      const ask = { url: "/ip", headers, remoteAddress: "10.9.9.9" };
      assert.deepEqual((await buildTestApp({ proxies }).app.inject(ask)).json(), { ip });
    });

  const bodies: [what: string, payload: unknown, status: number, said: RegExp][] = [
    ["a number", { points: 5 }, 200, /^\{\}$/],
    ["a number as text", { points: "5" }, 400, /body\/points must be integer/],
    ["one too large", { points: 6 }, 400, /"Invalid".*body\/points must be <= 5/],
    ["nothing that it needs", {}, 400, /body must have required property 'points'/],
    ["a field too many", { points: 1, x: 2 }, 400, /must NOT have additional properties \(\\"x\\"\)/],
    [
      "another word",
      { points: 1, by: "c" },
      400,
      /body\/by must be equal to one of the allowed values \(\[\\"a\\",\\"b\\"\]\)/,
    ],
    ["16 KiB", `{"points":5${" ".repeat(16 * 1024 - 12)}}`, 200, /^\{\}$/],
    ["a byte more", `{"points":5${" ".repeat(16 * 1024 - 11)}}`, 413, /"TooLarge"/],
  ];
  for (const [what, payload, status, said] of bodies)
    it(`to a body with ${what} has status ${status}`, async () => {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      const headers = { "content-type": "application/json" };
      const answer = await buildTestApp().app.inject({
        method: "POST",
        url: "/body",
        headers,
        payload: text,
      });
      assert.equal(answer.statusCode, status);
      assert.match(answer.body, said);
    });

  it("goes to 2,000 connections at most, and to nobody who sends too slowly", () => {
    const { server, initialConfig } = buildTestApp().app;
    assert.deepEqual(
      [server.maxConnections, server.headersTimeout, server.requestTimeout],
      [2000, 10_000, 20_000],
    );
    assert.equal(initialConfig.bodyLimit, 16 * 1024);
    const hasty = buildTestApp({ requestTimeoutMs: 500 }).app.server;
    assert.deepEqual([hasty.headersTimeout, hasty.requestTimeout], [500, 500]);
  });

  it("takes a query's text for the number that it is", async () => {
    const { app } = buildTestApp();
    assert.deepEqual((await app.inject("/query?points=4")).json(), { points: 4 });
    assert.match((await app.inject("/query?points=x")).body, /querystring\/points must be integer/);
  });

  it("says which methods a path knows", async () => {
    const { app } = buildTestApp();
    const answer = await app.inject({ method: "DELETE", url: "/query?points=4" });
    assert.deepEqual([answer.statusCode, answer.headers["allow"]], [405, "GET, HEAD"]);
    assert.match(answer.body, /"MethodNotAllowed".*\/query knows GET, HEAD only/);
    assert.equal((await app.inject("/query/?points=4")).statusCode, 404, "one path for each thing");
    const bare = { method: "QUERY", url: "/nowhere", payload: "x", headers: {} } as never; // without a content type
    assert.equal((await app.inject(bare)).statusCode, 404);
    assert.match((await app.inject("/x?y")).body, /"NotFound".*There is nothing at \/x"/);
  });
});
