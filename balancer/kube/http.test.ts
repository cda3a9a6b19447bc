import assert from "node:assert/strict";
import { type RequestListener, Agent, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { type Answer, exchange } from "./http.ts";
import { type Listening, listening } from "../testing/listening.ts";

describe("an HTTP exchange", () => {
  let server: Listening;
  let listener: RequestListener;
  let connections: number;
  const agent = new Agent({ keepAlive: true });
  const ask = <T>(read: (answer: Answer) => Promise<T>, signal = new AbortController().signal) => {
    return exchange(server.url, { method: "GET", headers: {}, agent, signal }, read);
  };
  const all = ({ body }: Answer) => text(body);

  beforeEach(async () => {
    connections = 0;
    const played = createServer((request, response) => listener(request, response));
    played.on("connection", () => connections++);
    server = await listening(played);
  });
  afterEach(() => server.stop());

  it("uses a connection again when an answer was read to its end", async () => {
    listener = (_request, response) => void response.end("all of it");
    for (let i = 0; i < 3; i++) assert.equal(await ask(all), "all of it");
    assert.equal(connections, 1);
  });

  it("throws away what was not read, with its connection", async () => {
    listener = (_request, response) => void response.write("and so on, without end");
    await assert.rejects(
      ask(() => Promise.reject(new Error("not what I wanted"))),
      { message: "not what I wanted" },
    );
    listener = (_request, response) => void response.end("good");
    assert.equal(await ask(all), "good");
    assert.equal(connections, 2);
  });

  it("fails when the connection is cut in the middle of a body", async () => {
    listener = (_request, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half", () => response.destroy());
    };
    await assert.rejects(ask(all), { code: "ECONNRESET" });
  });

  const moments: [string, RequestListener][] = [
    ["before there is an answer", () => undefined],
    ["while a body comes in", (_request, response) => void response.write("half")],
  ];
  for (const [when, stuck] of moments) {
    it(`ends ${when} with the reason that it is given`, async () => {
      listener = stuck;
      await assert.rejects(ask(all, AbortSignal.timeout(50)), { name: "TimeoutError" });
      const round = new AbortController();
      const asked = ask(all, round.signal);
      setTimeout(() => round.abort(new Error("the round is over")), 50);
      await assert.rejects(asked, { message: "the round is over" });
    });
  }
});
