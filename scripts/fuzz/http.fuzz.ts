// Requests to what faces the Internet, the page's server and the backend: nothing that is sent may end one, or be a 500.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { anyCharacter } from "../../balancer/testing/anyCharacter.ts";
import { type Listening, listening } from "../../balancer/testing/listening.ts";
import { type Backend, startBackend } from "../../k8s/backend/src/backend.ts";
import { readSettings } from "../../k8s/backend/src/config.ts";
import { preparedDatabase } from "../../k8s/backend/testing/database.ts";
import { backendEnv, samplesHeaders } from "../../k8s/backend/testing/env.ts";
import { silent, until } from "../../k8s/backend/testing/log.ts";
import { buildSample } from "../../k8s/backend/testing/samples.ts";
import { createServers } from "../../k8s/frontend/server/app.ts";
import { fuzz } from "./harness.ts";
import { brokenText, mutated } from "./odd.ts";
import { type RawRequest, rawRequest, sendRaw } from "./rawHttp.ts";

/** At once, as a server gets them. */
const atOnce = 8;
const several = (one: fc.Arbitrary<RawRequest>) => fc.array(one, { minLength: atOnce, maxLength: atOnce });

async function tryAll(port: number, requests: RawRequest[], alive: string): Promise<void> {
  const statuses = await Promise.all(requests.map((request) => sendRaw(port, request)));
  for (const [index, status] of statuses.entries()) {
    // "Not implemented" and "not now" are answers; a failure of the server is not. NaN: not HTTP.
    assert.ok(status === undefined || status < 500 || [501, 503, 505].includes(status), `${status} to ${JSON.stringify(requests[index])}`);
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}${alive}`)).status, 200, "the server answers others");
} // prettier-ignore

const portOf = ({ url }: Pick<Listening, "url">): number => Number(new URL(url).port);

describe("fuzz: requests", () => {
  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  let page: Listening;
  let inside: Listening;
  let backend: Backend;
  let port: number;

  before(async function () {
    this.timeout(60_000);
    for (const [name, text] of [["index.html", "<p>page</p>"], ["index-Abc_1-23.js", "run()"]] as const) {
      writeFileSync(join(folder, name), text);
      writeFileSync(join(folder, `${name}.gz`), gzipSync(text));
    } // prettier-ignore
    const servers = createServers(folder, () => true);
    [page, inside] = await Promise.all([listening(servers.page), listening(servers.inside)]);
    const { api } = await preparedDatabase();
    const settings = backendEnv(api, folder, {
      ...{ CPU_TEST_MAX_SECONDS: "0", BURST_MAX_REQUESTS: "2", REQUEST_TIMEOUT_SECONDS: "1", PROXIES: "1" },
      FEED_CLIENTS_PER_ADDRESS: "50",
    });
    backend = await startBackend(readSettings(settings), silent);
    await until("the database", async () => (await fetch(`${backend.url}/api/machines`)).status === 200);
    port = portOf(backend);
  });
  after(async () => {
    await Promise.all([page.stop(), inside.stop()]);
    await backend.stop();
    rmSync(folder, { recursive: true });
  });

  const pagePaths = ["/", "/index.html", "/index-Abc_1-23.js", "/{}", "/?{}", "/index.html/{}"];
  const texts = fc.string({ unit: anyCharacter, maxLength: 200 });
  fuzz(
    "requests to the page's server",
    6,
    several(rawRequest(pagePaths, [["Accept-Encoding", "gzip"]], texts)),
    (requests) => tryAll(portOf(page), requests, "/"),
    ({ length }) => length,
  );
  fuzz(
    "requests to its probes",
    2,
    several(rawRequest(["/livez", "/readyz", "/metrics", "/{}"], [], texts)),
    (requests) => tryAll(portOf(inside), requests, "/livez"),
    ({ length }) => length,
  );

  const paths = [
    ...["/api/info", "/api/status", "/api/machines", "/api/cluster", "/api/openapi.json", "/api/samples", "/api/samples/batch"],
    ...["/api/samples/latest?machine={}", "/api/history?machine=m&from={}", "/api/history?machine={}&points=3", "/api/history?machine=m&to={}"],
    ...["/api/feed?lastEventId={}", "/api/feed?machine={}", "/api/burst", "/api/cpu-test", "/api/{}", "/api/feed"],
  ]; // prettier-ignore
  const sample = buildSample();
  const json = fc.oneof(
    mutated(sample).map((odd) => JSON.stringify(odd)),
    mutated({ samples: [sample, sample] }).map((odd) => JSON.stringify(odd)),
    brokenText(fc.constant(JSON.stringify(sample))),
    fc.constantFrom('{"requests":1}', '{"seconds":1}', '{"__proto__":{}}', "null"),
    texts,
  );
  fuzz(
    "requests to the backend, with the token and without it",
    12,
    several(rawRequest(paths, Object.entries(samplesHeaders), json)),
    (requests) => tryAll(port, requests, "/api/info"),
    ({ length }) => length,
  );
  fuzz(
    "requests to the backend's probes",
    2,
    several(rawRequest(["/livez", "/readyz", "/metrics", "/{}"], [], texts)),
    (requests) => tryAll(Number(new URL(backend.metricsUrl).port), requests, "/livez"),
    ({ length }) => length,
  );

  it("leave the backend as it was: its database is up, and it stores", async () => {
    const { database } = (await (await fetch(`${backend.url}/api/status`)).json()) as {
      database: { up: boolean };
    };
    assert.equal(database.up, true);
    const body = JSON.stringify(buildSample({ machine: "after" }));
    const answer = await fetch(`${backend.url}/api/samples`, {
      method: "POST",
      headers: samplesHeaders,
      body,
    });
    assert.deepEqual(await answer.json(), { stored: 1, known: 0, outside: 0 });
  });
});
