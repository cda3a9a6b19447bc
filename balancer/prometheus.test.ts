import assert from "node:assert/strict";
import { createServer } from "node:http";
import { UnreachableError } from "./failures.ts";
import { type Sample, connectPrometheus } from "./prometheus.ts";
import { type Listening, listening } from "./testing/listening.ts";

it("Prometheus is asked three times, no more, and its clock is read in ms", async () => {
  let asked = 0;
  let failing = 2;
  const server = createServer((_, response) => {
    asked += 1;
    if (failing-- > 0) response.writeHead(503).end("not yet");
    else
      response.end(
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"7"]}]}}',
      );
  });
  const { url, stop } = await listening(server);
  const signal = new AbortController().signal;
  const values: number[] = [];
  try {
    const prometheus = connectPrometheus(url, { signal, backoffMs: 1 });
    const { evaluatedAt } = await prometheus.query("up", ({ value }) => values.push(value));
    assert.deepEqual([asked, values, evaluatedAt], [3, [7], 1500]);
    failing = 3;
    await assert.rejects(
      prometheus.query("up", () => undefined),
      UnreachableError,
    );
    assert.equal(asked, 6, "not a fourth time");
  } finally {
    await stop();
  }
});

describe("a login in Prometheus' URL", () => {
  const seen: (string | undefined)[] = [];
  let server: Listening;
  let host: string;
  const options = { signal: new AbortController().signal, backoffMs: 1 };
  const connect = (url: string) => connectPrometheus(url, options);

  before(async () => {
    const played = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.authorization === undefined) response.writeHead(401).end("who are you?");
      else response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
    });
    server = await listening(played);
    host = new URL(server.url).host;
  });
  after(() => server.stop());

  it("is sent, as it was meant", async () => {
    await connect(`http://me:p%40ss%3A%C3%BC@${host}/prom/`).query("up", () => undefined);
    assert.equal(seen.at(-1), `Basic ${Buffer.from("me:p@ss:ü").toString("base64")}`);
  });

  it("is shown nowhere", async () => {
    const secret = "hunter2";
    const odd = [
      `http://me:${secret}@`,
      `http://me:${secret}@[`,
      `http://me:${secret}/x@${host}`,
      `ftp://me:${secret}@${host}`,
      `me:${secret}@${host}`,
      `http://me:${secret}@${host}/?a=b`,
      `http://me:%ff${secret}@${host}/`,
    ];
    for (const url of odd) {
      assert.throws(
        () => connect(url),
        ({ name, stack, message }: Error) => {
          assert.equal(name, "InputError", url);
          assert.doesNotMatch(`${stack}${message}`, new RegExp(secret), url);
          return true;
        },
      );
    }
    const nowhere = connect(`http://me:${secret}@127.0.0.1:1`);
    assert.equal(nowhere.url, "http://127.0.0.1:1");
    await assert.rejects(
      nowhere.query("up", () => undefined),
      (error: Error) => {
        assert.match(error.message, /^Prometheus at http:\/\/127\.0\.0\.1:1 gives no usage: /);
        return true;
      },
    );
  });
});

describe("what Prometheus answers", () => {
  let server: Listening;
  let url: string;
  interface Reply {
    status?: number;
    body: string;
  }
  let answer: Reply | "nothing" = "nothing";
  const seen: { method: string | undefined; url: string | undefined; type: string | undefined; accept: string | undefined; body: string }[] = []; // prettier-ignore
  before(async () => {
    const played = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        const { "content-type": type, accept } = request.headers;
        seen.push({ method: request.method, url: request.url, type, accept, body });
        if (answer !== "nothing") response.writeHead(answer.status ?? 200).end(answer.body);
      });
    });
    server = await listening(played);
    ({ url } = server);
  });
  after(() => server.stop());
  beforeEach(() => (seen.length = 0));

  const ask = async (given: Reply | "nothing", options: Partial<Parameters<typeof connectPrometheus>[1]> = {}) => {
    answer = given;
    const signal = new AbortController().signal;
    const prometheus = connectPrometheus(`${url}/p/`, { signal, backoffMs: 1, ...options });
    const samples: Sample[] = [];
    const result = await prometheus.query("up", (sample) => samples.push(sample));
    return { ...result, samples };
  }; // prettier-ignore
  const vector = (result: unknown[], more: object = {}) => ({ body: JSON.stringify({ status: "success", ...more, data: { resultType: "vector", result } }) }); // prettier-ignore
  const sample = (name: string, value: unknown = [1.5, "7"]) => ({ metric: { name }, value });

  it("is asked for as a form, and for JSON", async () => {
    await ask(vector([]));
    assert.deepEqual(seen, [{ method: "POST", url: "/p/api/v1/query", type: "application/x-www-form-urlencoded", accept: "application/json", body: "query=up" }]); // prettier-ignore
  });

  it("is samples, at the first one's time that is one", async () => {
    const { samples, evaluatedAt } = await ask(vector([sample("a", ["soon", "NaN"]), sample("b", [2.5, "+Inf"]), sample("c")])); // prettier-ignore
    assert.deepEqual(samples.map(({ labels, value }) => [labels["name"], value]), [["a", NaN], ["b", NaN], ["c", 7]]); // prettier-ignore
    assert.equal(evaluatedAt, 2500);
  });

  it("is now where it has no samples, and leaves out what is none", async () => {
    const before = Date.now();
    const { samples, evaluatedAt } = await ask(vector([{ metric: "x", value: [1, "1"] }, { metric: {}, value: 7 }, {}])); // prettier-ignore
    assert.deepEqual(samples, []);
    assert.ok(evaluatedAt >= before && evaluatedAt <= Date.now());
  });

  const warnings: [what: string, more: object, expected: string[]][] = [
    ["nothing", {}, []],
    ["what it warns of", { warnings: ["a", "b"] }, ["a", "b"]],
    ["no remarks on the query", { warnings: ["PromQL info: metric might not be a counter", "a"] }, ["a"]],
    ["that a part is missing", { isPartial: true, warnings: ["a"] }, ["a", "isPartial: a part of its storage did not answer"]],
    ["nothing by other values", { isPartial: "true", warnings: "all" }, []],
  ]; // prettier-ignore
  for (const [what, more, expected] of warnings)
    it(`says ${what}`, async () => assert.deepEqual((await ask(vector([], more))).warnings, expected));

  const failures: [what: string, given: Reply, options: object, asked: number, message: RegExp][] = [
    ["that it lets nobody in", { status: 401, body: "who?" }, {}, 1, /does not let us in \(401\): who\?; how to log in is said by --prometheus-config$/],
    ["that it is something else", { body: "<html>" }, {}, 3, /it answers 200, and not as Prometheus does: <html>$/],
    ["that it is something else, in 120 characters", { body: `<${"x".repeat(600)}` }, {}, 3, /does: <x{119}$/],
    ["that it refuses, with its words", { status: 400, body: '{"status":"error","error":"parse error"}' }, {}, 3, /it refuses a query \(400\): parse error$/],
    ["that it refuses, whatever came besides", { body: '{"status":"error","data":{"resultType":"vector","result":[]}}' }, {}, 3, /it refuses a query \(200\): no vector came$/],
    ["that no vector came", { body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' }, {}, 3, /no vector came$/],
    ["that nothing came", { body: '{"status":"success"}' }, {}, 3, /no vector came$/],
    ["that there were too many series", vector([sample("a"), sample("b")]), { maxSeries: 1 }, 1, /its answer was cut after 1 series$/],
    ["that it was too long", vector([sample("a")]), { maxBytes: 10 }, 1, /its answer was cut after 10 bytes$/],
  ]; // prettier-ignore
  for (const [what, given, options, asked, message] of failures)
    it(`says ${what}`, async () => {
      await assert.rejects(ask(given, options), (error: Error) => {
        assert.ok(error instanceof UnreachableError);
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(`Prometheus at ${url}/p/ gives no usage: `), error.message);
        return true;
      });
      assert.equal(seen.length, asked);
    });

  it("may be as much as is allowed", async () => {
    const { length } = vector([sample("a")]).body;
    assert.equal((await ask(vector([sample("a")]), { maxSeries: 1, maxBytes: length })).samples.length, 1);
  });

  it("may be nothing: each attempt has its time, all of them have theirs, and a round that ends says why", async () => {
    await assert.rejects(ask("nothing", { timeoutMs: 20 }), /gives no usage: no answer within 0\.02 s$/);
    assert.equal(seen.length, 3);
    await assert.rejects(ask("nothing", { budgetMs: 20 }), /not all 1 queries were answered within 0\.02 s$/); // prettier-ignore
    const stop = new AbortController();
    const asked = ask("nothing", { signal: stop.signal });
    stop.abort(new Error("the round is over"));
    await assert.rejects(asked, /^Error: the round is over$/);
  });
});

describe("Prometheus' URL", () => {
  const options = { signal: new AbortController().signal };
  const refused: [url: string, message: RegExp][] = [
    ["http://a/?x=y", /expected nothing behind the path \/$/],
    ["http://a/#x", /expected nothing behind the path \/$/],
    ["ftp://a", /expected http:\/\/ or https:\/\/, got ftp:\/\/a$/],
    ["a b", /expected a URL such as http:\/\/localhost:9090, got a b$/],
  ];
  for (const [url, message] of refused)
    it(`is not ${url}`, () =>
      assert.throws(() => connectPrometheus(url, options), { name: "InputError", message }));

  it("is shown as it was given", () => {
    assert.equal(connectPrometheus("https://a/prom", options).url, "https://a/prom");
  });
});
