import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type RequestListener, type Server, createServer } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { json, text } from "node:stream/consumers";
import { listening } from "../../balancer/testing/listening.ts";
import { buildSample } from "../../k8s/backend/testing/samples.ts";
import { parseProfile } from "./profile.ts";
import { type LoadOptions, runLoad } from "./run.ts";
import type { PhaseSummary } from "./summary.ts";

const program = join(import.meta.dirname, "../load.ts");

describe("load on a real server", function () {
  const folder = mkdtempSync(join(tmpdir(), "load-"));
  const recordsFile = join(folder, "deep/records.jsonl");
  const posted: { machine: string }[] = [];
  let server: Server;
  let stop: () => Promise<void>;
  let url: string;
  /** When `/stalls` answers. */
  let stall: Promise<unknown> = Promise.resolve();

  const busy: RequestListener = (_request, response) => response.writeHead(503).end();
  const answers: Record<string, RequestListener> = {
    "/": (_request, response) => response.setHeader("x-variant", "a").end(),
    "/late": () => undefined,
    "/cut": (request) => request.destroy(),
    "/busy": busy,
    "/busy/": busy,
    "/late/": () => undefined,
    "/page/": (_request, response) => response.end("<html>"),
    "/page/api/machines": (_request, response) => response.end("<html>"),
    "/outside": (_request, response) => response.end('{"stored":0,"known":0,"outside":1}'),
    "/stalls": (_request, response) => void stall.then(() => response.end()),
    "/api/machines": (_request, response) => response.end('{"machines":[{"machine":"m1"}]}'),
    "/api/latest?m=m1": (_request, response) => response.end(JSON.stringify(buildSample(), null, 2)),
    "/api/guarded": (request, response) =>
      response.writeHead(request.headers.authorization === "Bearer t0ken" ? 200 : 401).end(),
    "/api/samples": (request, response) =>
      void json(request).then((body) => {
        posted.push(body as { machine: string });
        response.end();
      }),
  };

  before(async () => {
    server = createServer((request, response) => answers[request.url!]!(request, response));
    ({ url, stop } = await listening(server));
  });
  after(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const phase = { name: "one", users: 40, everySeconds: [0.2, 0.2], durationSeconds: 0.3 };
  const load = (changes: Partial<LoadOptions>, ...phases: object[]): Promise<PhaseSummary[]> => {
    const profile = parseProfile(
      JSON.stringify({ description: "t", phases: phases.map((changes) => ({ ...phase, ...changes })) }),
    );
    const { signal } = new AbortController();
    return runLoad({ url: new URL(url), profile, recordsFile, signal, ...changes });
  };
  const run = (...phases: object[]) => load({}, ...phases);

  it("counts statuses, cut connections and those who answer too late, each by its name", async () => {
    const requests = ["/", "/late", "/cut", "/busy"].map((get) => ({ get }));
    const named = ["HTTP 503", "timeout", "UND_ERR_SOCKET"];
    // Where this machine has much else to do, everything is too late: then anew, with twice the time for each.
    let timeoutSeconds = 0.3;
    let summary: PhaseSummary;
    do [summary] = (await run({ timeoutSeconds, requests })) as [PhaseSummary];
    while (named.some((name) => !(name in summary.failures)) && (timeoutSeconds *= 2) < 10);
    const { failures, failed, latencyMs } = summary;
    const others = Object.keys(failures).filter((problem) => !/generator was late/.test(problem));
    assert.deepEqual(others.sort(), named.sort());
    assert.equal(failed, Object.values(failures).reduce((sum, count) => sum + count)); // prettier-ignore
    assert.equal(summary.requests - failed, summary.variants["a"]);
    assert.ok(latencyMs!.max >= timeoutSeconds * 1000 && latencyMs!.max < 20_000, `${latencyMs!.max} ms`);
  });

  it("has a connection for each user of its largest phase", async () => {
    const controller = new AbortController();
    let [open, most] = [0, 0];
    const look = (socket: Socket): void => {
      socket.once("close", () => open--);
      most = Math.max(most, ++open);
      if (most >= 40) controller.abort();
    };
    server.on("connection", look);
    const [small, large] = [{ users: 1, requests: [{ get: "/" }] }, { timeoutSeconds: 20, requests: [{ get: "/late" }] }]; // prettier-ignore
    await load({ signal: controller.signal }, small, { ...large, durationSeconds: 10 });
    server.off("connection", look);
    // That of the phase before may not be closed yet.
    assert.ok(most === 40 || most === 41, `${most}`);
  });

  it("begins no phase once it is interrupted", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const requests = { durationSeconds: 30, requests: [{ get: "/" }] };
    assert.equal((await load({ signal: controller.signal }, requests, requests)).length, 1);
  });

  it("takes the statuses that a request expects", async () => {
    const [summary] = await run({ requests: [{ get: "/busy", expect: [503] }] });
    assert.equal(summary!.failed, 0);
  });

  it("counts the pause of a server that stands still in the middle for everybody who came in it", async () => {
    setTimeout(() => {
      stall = delay(500);
    }, 400);
    const pace = { users: 2, everySeconds: [0.01, 0.01], durationSeconds: 1.3 };
    const [{ requests, latencyMs }] = (await run({ ...pace, requests: [{ get: "/stalls" }] })) as [
      PhaseSummary,
    ];
    // Users who waited for their answers would have sent 160, and two of them would have seen the pause.
    assert.ok(requests >= 258, `got ${requests}`);
    assert.ok(latencyMs!.p90 > 300 && latencyMs!.p99 > 450, JSON.stringify(latencyMs));
  });

  it("posts each record that it kept once, under a name of its own", async () => {
    const [collect, replay] = await run(
      { requests: [{ get: "/api/latest?m={machine}", record: true }] },
      replayOf("/api/samples", { durationSeconds: 10 }),
    );
    assert.equal(replay!.failed, 0);
    assert.ok(collect!.seconds > 0.25, `all of its 0.3 s, as timers count them: ${collect!.seconds}`);
    assert.ok(replay!.seconds < 9, `over once all is posted, not after 10 s: ${replay!.seconds}`);
    assert.equal(readFileSync(recordsFile, "utf8").trim().split("\n").length, collect!.records);
    assert.equal(statSync(recordsFile).mode & 0o777, 0o600, "answers may tell of people");
    assert.deepEqual([replay!.requests, posted.length], [collect!.records, collect!.records]);
    assert.equal(replay!.recordsLeft, 0);
    const [again] = await run(replayOf("/busy", { durationSeconds: 0.1, users: 10 }));
    assert.equal(again!.requests + again!.recordsLeft, collect!.records);
    assert.ok(again!.requests > 0 && again!.recordsLeft > 0);
    assert.ok(posted.every(({ machine }) => /^load-\d$/.test(machine)));
  });

  it("does not post what an earlier run kept, and tells of both phases when nothing was kept", async () => {
    const [collect, replay] = await run(
      { requests: [{ get: "/busy", record: true }] },
      replayOf("/api/samples"),
    );
    assert.deepEqual([collect!.missed, replay!.missed], [["no request succeeded"], ["nothing was sent"]]);
  });

  it("takes a sample for failed that the API does not store because of its time", async () => {
    const [{ requests, failures }] = (await run({ requests: [{ post: "/outside", body: "sample" }] })) as [PhaseSummary]; // prettier-ignore
    assert.deepEqual(Object.values(failures), [requests]);
    assert.match(Object.keys(failures)[0]!, /^not stored: .*clock/);
  });

  it("posts with the token that it was given", async () => {
    const guarded = { requests: [{ post: "/api/guarded", body: "sample" }] };
    const [[without], [given]] = [await run(guarded), await load({ token: "t0ken" }, guarded)];
    assert.deepEqual(without!.failures, { "HTTP 401": without!.requests });
    assert.equal(given!.failed, 0);
  });

  const replayOf = (post: string, changes: object = {}) => ({
    ...{ requests: [{ post, body: "record" }] },
    ...changes,
  });
  const reads = { requests: [{ get: "/api/latest?m={machine}", record: true }] };
  const replay = replayOf("/api/samples");
  const refusals: [name: string, changes: () => Partial<LoadOptions>, phases: object[], said: RegExp][] = [
    ["no API behind the address", () => ({ url: new URL(`${url}/page`) }), [reads], /machines .* got status 200: <html>/],
    ["records that cannot be written", () => ({ recordsFile: folder }), [reads], /cannot write records: EISDIR/],
    ["no records to post", () => ({ recordsFile: join(folder, "none") }), [replay], /cannot read records: ENOENT/],
    ["records that are none", () => ({ recordsFile: fileOf("3") }), [replay], /:1: expected a JSON object, got 3/],
    ["an empty file of records", () => ({ recordsFile: fileOf("") }), [replay], /has no records/],
  ]; // prettier-ignore
  for (const [name, changes, phases, said] of refusals) {
    it(`refuses ${name} before any load`, () => assert.rejects(load(changes(), ...phases), said));
  }

  it("ends at once when it is interrupted before the first answer", async () => {
    const controller = new AbortController();
    server.once("request", () => controller.abort());
    const knocking = load({ url: new URL(`${url}/late`), signal: controller.signal }, { requests: [{ get: "/" }] }); // prettier-ignore
    assert.deepEqual(await knocking, []);
  });

  const fileOf = (text: string): string => {
    const file = join(folder, "file");
    writeFileSync(file, text);
    return file;
  };
  const profileFile = (): string => {
    const endless = { ...phase, durationSeconds: 600, requests: [{ get: "/" }] };
    return fileOf(JSON.stringify({ description: "t", phases: [endless] }));
  };

  it("prints its summary also when it is interrupted", async () => {
    const args = [program, profileFile(), "--url", url, "--output", "json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(server, "request"); // the first knock
    await once(server, "request");
    child.kill("SIGINT");
    const [output, [code]] = await Promise.all([
      text(child.stdout),
      once(child, "exit") as Promise<[number]>,
    ]);
    const { interrupted, phases } = JSON.parse(output) as { interrupted: boolean; phases: PhaseSummary[] };
    assert.deepEqual([code, interrupted, phases.length], [130, true, 1]);
    assert.ok(phases[0]!.seconds < 30);
  });

  const runs: [name: string, flags: () => string[], code: number, said: RegExp][] = [
    [
      "1 when everything fails",
      () => ["--url", `${url}/busy`, "--duration", "0.2"],
      1,
      /no request succeeded/,
    ],
    [
      "2 for a token that cannot be read",
      () => ["--url", url, "--token-file", "/none"],
      2,
      /--token-file: cannot read \/none/,
    ],
    ["2 without an address", () => [], 2, /required option '--url/],
    ["2 for what is no address", () => ["--url", `${url}/?x`], 2, /expected http\(s\):\/\/host/],
    [
      "3 when nothing answers",
      () => ["--url", "http://127.0.0.1:1"],
      3,
      /127\.0\.0\.1:1\/: connect ECONNREFUSED/,
    ],
  ];
  for (const [name, flags, code, said] of runs) {
    it(`ends with exit code ${name}`, async () => {
      const child = spawn(process.execPath, [program, profileFile(), ...flags()]);
      const [output, problems, [exitCode]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, "exit") as Promise<[number]>,
      ]);
      assert.match(output + problems, said);
      assert.equal(exitCode, code);
    });
  }
});
