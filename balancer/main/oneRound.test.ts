// The connections of a round: which of them ends when, and what each of them is given.
import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { type IncomingMessage, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { createLog } from "../report.ts";
import { addDemo } from "../testing/apiObjects.ts";
import { type Listening, listening } from "../testing/listening.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { buildPolicy } from "../testing/builders.ts";
import { type RoundSettings, oneRound } from "./oneRound.ts";
import { Stopped } from "./serving.ts";

describe("a round with its own connections", () => {
  let server: FakeApiServer;
  let prometheus: Listening;
  let onAsked: (count: number) => void;
  let asked: IncomingMessage[];
  let settings: RoundSettings;
  let ending: AbortController;

  beforeEach(async () => {
    server = await startApiServer();
    addDemo(server);
    asked = [];
    onAsked = () => undefined;
    prometheus = await listening(createServer((request) => onAsked(asked.push(request)))); // and never answers
    ending = new AbortController();
    settings = {
      ...{ config: server.kubeconfig(), policy: buildPolicy(), log: createLog("silent") },
      prometheus: prometheus.url,
      ...{ namespace: "monitoring", dryRun: false, deadline: 50, ending: ending.signal, usageMs: 30 },
    };
  });
  afterEach(async () => {
    await prometheus.stop();
    await server.stop();
  });
  const done = async (changes: Partial<RoundSettings> = {}) => {
    const result = await oneRound({ ...settings, ...changes });
    assert.ok("plan" in result);
    return result;
  };

  it("waits for a Prometheus that hangs no longer than it is told", async () => {
    const { problems, plan } = await done();
    assert.match(problems[0] ?? "", /not all \d+ queries were answered within 0.03 s/);
    assert.deepEqual([...new Set(plan.refusals.map(({ reason }) => reason))], ["MetricsUnavailable"]);
  });

  it("has the Lease under the name of its own, and writes nothing in a dry run", async () => {
    await done({ dryRun: true });
    assert.deepEqual(server.writes(), []);
    for (let i = 0; i < 2; i++) await done({ namespace: "own" });
    const holders = server
      .writes()
      .filter(({ path }) => path.includes("/namespaces/own/leases"))
      .map(({ body }) => (body as { spec: { holderIdentity: string } }).spec.holderIdentity);
    assert.equal(new Set(holders.filter((name) => name !== "")).size, 2);
  });

  it("asks Prometheus as its file says", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "balancer-round-"));
    const prometheusConfig = join(folder.path, "access.yaml");
    writeFileSync(prometheusConfig, "basic_auth: { username: me, password: secret }\n");
    onAsked = () => ending.abort(new Stopped("SIGTERM"));
    await assert.rejects(oneRound({ ...settings, prometheusConfig, usageMs: 10_000 }), /SIGTERM/);
    assert.equal(asked[0]?.headers.authorization, `Basic ${Buffer.from("me:secret").toString("base64")}`);
  });

  it("finishes a write that is under way when it is to end", async () => {
    server.onRequest = ({ method, path }) => {
      if (method === "PUT" && path.includes("/leases/")) ending.abort(new Stopped("SIGTERM"));
    };
    await assert.rejects(oneRound(settings), /Stopped by SIGTERM/);
    const holders = server.writes().map(({ body }) => (body as { spec: { holderIdentity: string } }).spec);
    assert.deepEqual(holders.map(({ holderIdentity }) => holderIdentity !== ""), [true, false]); // prettier-ignore
  });

  it("ends what is read when it is to end, and says why", async () => {
    server.onRequest = ({ path }) => {
      if (path === "/api/v1/pods") {
        ending.abort(new Stopped("SIGTERM"));
        return "hang";
      }
      return undefined;
    };
    await assert.rejects(oneRound(settings), /Stopped by SIGTERM/);
  });

  it("says that it took too long, ten seconds after its deadline", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    server.onRequest = ({ path }) => {
      if (path !== "/api/v1/pods") return undefined;
      mock.timers.tick(50_000);
      mock.timers.tick(10_000);
      return "hang";
    };
    try {
      await assert.rejects(oneRound(settings), /The round was not finished within 50 s \(--deadline\)/);
    } finally {
      mock.timers.reset();
    }
  });
});
