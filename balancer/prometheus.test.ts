import assert from "node:assert/strict";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { UnreachableError } from "./failures.ts";
import { connectPrometheus } from "./prometheus.ts";

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
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  const values: number[] = [];
  try {
    const prometheus = connectPrometheus(`http://127.0.0.1:${port}`, { signal, backoffMs: 1 });
    const { evaluatedAt } = await prometheus.query("up", ({ value }) => values.push(value));
    assert.deepEqual([asked, values, evaluatedAt], [3, [7], 1500]);
    failing = 3;
    await assert.rejects(
      prometheus.query("up", () => undefined),
      UnreachableError,
    );
    assert.equal(asked, 6, "not a fourth time");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

describe("a login in Prometheus' URL", () => {
  const seen: (string | undefined)[] = [];
  let server: Server;
  let host: string;
  const options = { signal: new AbortController().signal, backoffMs: 1 };
  const connect = (url: string) => connectPrometheus(url, options);

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.authorization === undefined) response.writeHead(401).end("who are you?");
      else response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

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
