// The page's requests: what they ask, and what people read when one fails.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { burst, cpuTest, getHistory, getInfo, getMachines } from "./requests.ts";

describe("the page's requests", () => {
  let asked: [url: string, init: RequestInit | undefined][];
  let answer: () => Response;

  beforeEach(() => {
    asked = [];
    mock.method(globalThis, "fetch", (url: string, init?: RequestInit) => {
      asked.push([url, init]);
      return new Promise((resolve) => resolve(answer()));
    });
  });
  afterEach(() => mock.reset());

  it("say which variant answered, where it tells", async () => {
    answer = () => Response.json({ variant: "x" }, { headers: { "x-variant": "b" } });
    assert.deepEqual(await getInfo(), { body: { variant: "x" }, variant: "b" });
    answer = () => Response.json({ machines: [] });
    assert.deepEqual(await getMachines(), { body: { machines: [] }, variant: undefined });
    assert.deepEqual(asked, [
      ["/api/info", undefined],
      ["/api/machines", undefined],
    ]);
  });

  it("ask for so many points of so many seconds until now", async () => {
    mock.timers.enable({ apis: ["Date"], now: 600_000 });
    answer = () => Response.json({ points: [] });
    await getHistory("a&b", 60, 300);
    mock.timers.reset();
    const { pathname, searchParams } = new URL(asked[0]![0], "http://page");
    assert.equal(pathname, "/api/history");
    assert.deepEqual(Object.fromEntries(searchParams), {
      ...{ machine: "a&b", points: "300" },
      ...{ from: "1970-01-01T00:09:00.000Z", to: "1970-01-01T00:10:00.000Z" },
    });
  });

  it("post what the buttons want", async () => {
    answer = () => Response.json({});
    await cpuTest(7);
    await burst(50);
    const headers = { "content-type": "application/json" };
    assert.deepEqual(asked, [
      ["/api/cpu-test", { method: "POST", headers, body: '{"seconds":7}' }],
      ["/api/burst", { method: "POST", headers, body: '{"requests":50}' }],
    ]);
  });

  it("fail with the server's words, its status, or that nobody answered", async () => {
    const refused: [() => Response, string][] = [
      [() => Response.json({ message: "one at a time" }, { status: 429 }), "one at a time"],
      [() => Response.json({}, { status: 502, statusText: "Bad Gateway" }), "The server answered 502 Bad Gateway."],
      [() => new Response("<html>", { status: 503, statusText: "Down" }), "The server answered 503 Down."],
    ]; // prettier-ignore
    for (const [given, message] of refused) {
      answer = given;
      await assert.rejects(burst(1), { message });
    }
    answer = () => {
      throw new TypeError("fetch failed");
    };
    await assert.rejects(getInfo(), {
      message: "The server cannot be reached. Try again when the page is live.",
    });
  });
});
