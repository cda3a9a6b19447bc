import assert from "node:assert/strict";
import { type Sending, send } from "./send.ts";

const buildSending = (changes: Partial<Sending>): Sending => ({
  client: {
    send: () => Promise.resolve({ status: 200, variant: undefined, text: "" }),
    close: () => Promise.resolve(),
  },
  request: { weight: 1, record: false, get: "/" },
  filled: { method: "GET", path: "/" },
  due: performance.now(),
  timeoutMs: 30_000,
  controller: new AbortController(),
  keep: () => undefined,
  ...changes,
});

describe("a request of the load generator", () => {
  it("is counted from when it was due, not from when it was sent", async () => {
    const { latencyMs, sendDelayMs } = (await send(buildSending({ due: performance.now() - 300 })))!;
    assert.ok(latencyMs! >= 300 && sendDelayMs! >= 300);
  });

  it("is not sent once its time is over, which is the generator's fault", async () => {
    const client = { send: () => assert.fail("it was sent"), close: () => Promise.resolve() };
    const { latencyMs, sendDelayMs, problem } = (await send(buildSending({ client, due: performance.now() - 600, timeoutMs: 500 })))!; // prettier-ignore
    assert.ok(latencyMs! >= 600);
    assert.equal(sendDelayMs, undefined);
    assert.match(problem!, /generator was late/);
  });

  it("has what is left of its time, when it was sent late", async () => {
    const client = {
      close: () => Promise.resolve(),
      send: (_request: unknown, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    };
    const due = performance.now() - 20_000;
    const { latencyMs, problem } = (await send(buildSending({ client, due, timeoutMs: 20_200 })))!;
    assert.equal(problem, "timeout");
    // Node's timers leave out parts of a millisecond.
    assert.ok(latencyMs! >= 20_190 && latencyMs! < 30_000, `${latencyMs}`);
  });

  for (const [status, expect, problem] of [
    [200, undefined, undefined],
    [299, undefined, undefined],
    [199, undefined, "HTTP 199"],
    [304, undefined, "HTTP 304"],
    [304, [304], undefined],
    [200, [304], "HTTP 200"],
  ] as const) {
    it(`is ${problem ? "no" : "a"} success with ${status} where ${expect?.join() ?? "2xx"} is good`, async () => {
      const client = {
        send: () => Promise.resolve({ status, variant: undefined, text: "" }),
        close: () => Promise.resolve(),
      };
      const request = { weight: 1, record: false, get: "/", ...(expect && { expect: [...expect] }) };
      assert.equal((await send(buildSending({ client, request })))!.problem, problem);
    });
  }

  it("has no latency without a connection", async () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const client = { send: () => Promise.reject(refused), close: () => Promise.resolve() };
    const { latencyMs, sendDelayMs, problem } = (await send(buildSending({ client })))!;
    assert.deepEqual([latencyMs, problem], [undefined, "ECONNREFUSED"]);
    assert.ok(sendDelayMs! >= 0);
  });

  it("tells why an answer could not be kept", async () => {
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const request = { weight: 1, record: true, get: "/" };
    const outcome = await send(buildSending({ request, keep: () => assert.fail(full) }));
    assert.equal(outcome!.problem, "not kept: ENOSPC");
  });
});
