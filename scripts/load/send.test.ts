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
  timeoutMs: 500,
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
    const { latencyMs, sendDelayMs, problem } = (await send(buildSending({ client, due: performance.now() - 600 })))!; // prettier-ignore
    assert.ok(latencyMs! >= 600);
    assert.equal(sendDelayMs, undefined);
    assert.match(problem!, /generator was late/);
  });

  it("tells why an answer could not be kept", async () => {
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const request = { weight: 1, record: true, get: "/" };
    const outcome = await send(buildSending({ request, keep: () => assert.fail(full) }));
    assert.equal(outcome!.problem, "not kept: ENOSPC");
  });
});
