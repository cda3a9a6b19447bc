import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { V1Probe } from "@kubernetes/client-node";
import { attemptProbe, runProbe, tally, type ProbeTarget } from "./probes.ts";
import { bind } from "./serviceProxy.ts";
import { buildContainer } from "./testing/build.ts";

describe("probes", () => {
  let server: Server;
  let target: ProbeTarget;
  let status = 200;
  /** Come before `status`. */
  let answers: number[] = [];
  before(async () => {
    server = createServer((request, response) => {
      if (request.url !== "/slow")
        response.writeHead(request.headers["x-ok"] ? 204 : (answers.shift() ?? status)).end("body");
    });
    const port = await bind(server, "127.0.0.1", 0);
    const container = buildContainer({ ports: [{ name: "http", containerPort: port }] });
    target = { container, podIP: "127.0.0.1" };
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const attempt = (probe: V1Probe) => attemptProbe(probe, target);

  for (const [code, message] of [
    [200, undefined],
    [302, undefined],
    [404, /status 404/],
    [503, /status 503/],
  ] as const)
    it(`HTTP ${code} is ${message ? "a failure" : "a success"}`, async () => {
      status = code;
      const failure = await attempt({ httpGet: { port: "http", path: "/x" } });
      if (message) assert.match(failure ?? "", message);
      else assert.equal(failure, undefined);
    });

  it("send the headers asked for", async () => {
    status = 500;
    const httpHeaders = [{ name: "X-Ok", value: "1" }];
    assert.equal(await attempt({ httpGet: { port: "http", httpHeaders } }), undefined);
  });

  it("say what went wrong", async () => {
    const { port: closed } = await freePort();
    assert.match((await attempt({ httpGet: { port: closed } })) ?? "", /ECONNREFUSED/);
    assert.match((await attempt({ tcpSocket: { port: closed } })) ?? "", /ECONNREFUSED/);
    assert.match((await attempt({ httpGet: { port: "none" } })) ?? "", /no port named "none"/);
    assert.match(
      (await attempt({ timeoutSeconds: 0.05, httpGet: { port: "http", path: "/slow" } })) ?? "",
      /no answer/,
    );
  });

  it("connect", async () => {
    assert.equal(await attempt({ tcpSocket: { port: "http" } }), undefined);
  });

  it("reach a verdict after as many equal attempts as the thresholds say", () => {
    const probe: V1Probe = { successThreshold: 2, failureThreshold: 3 };
    let counts: ReturnType<typeof tally> = { successes: 0, failures: 0 };
    const verdicts = [true, true, false, false, true, false, false, false].map(
      (ok) => (counts = tally(counts, ok, probe)).verdict,
    );
    assert.deepEqual(verdicts, [
      undefined,
      "up",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      "down",
    ]);
  });

  it("go on until they are aborted, or until the verdict they wait for", async () => {
    const ending = new AbortController();
    [answers, status] = [[503, 503, 200, 200], 503];
    const seen: string[] = [];
    const probe: V1Probe = { httpGet: { port: "http" }, periodSeconds: 0.001, failureThreshold: 2 };
    await runProbe(probe, target, ending.signal, (verdict) => seen.push(verdict), "up");
    assert.deepEqual(seen, ["down", "up"]);

    const forever = runProbe(probe, target, ending.signal, (verdict) => {
      seen.push(verdict);
      if (verdict === "down") ending.abort();
    });
    await assert.rejects(forever, { name: "AbortError" });
    assert.deepEqual(seen, ["down", "up", "up", "down"]);
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<{ port: number }> {
  const server = createServer();
  const port = await bind(server, "127.0.0.1", 0);
  await new Promise((resolve) => server.close(resolve));
  return { port };
}
