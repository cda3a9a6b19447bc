// One phase against a server of the test's own words: what is sent, what is counted, and what is told meanwhile.
import assert from "node:assert/strict";
import { seededChance } from "../simulate/chance.ts";
import type { Client } from "./client.ts";
import { type PhaseOptions, type Progress, runPhase } from "./phase.ts";
import { parseProfile } from "./profile.ts";

const pace = { users: 10, everySeconds: [0.1, 0.1], durationSeconds: 0.3, timeoutSeconds: 0.5 };

function run(send: Client["send"], options: Partial<PhaseOptions> = {}, changes: object = {}) {
  const phases = [{ ...pace, name: "one", requests: [{ get: "/" }], ...changes }];
  const [phase] = parseProfile(JSON.stringify({ description: "t", phases })).phases;
  return runPhase(phase!, {
    client: { send, close: () => Promise.resolve() },
    ...{ machines: [], records: undefined, keep: () => undefined, random: seededChance(1) },
    ...{ signal: new AbortController().signal, onProgress: () => undefined, progressMs: 1000 },
    ...options,
  });
}
const good = () => Promise.resolve({ status: 200, variant: undefined, text: "" });
/** Answers when the sender gives up. */
const never: Client["send"] = (_request, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

describe("a phase of load", () => {
  it("has no more requests open than it may, and counts those it could not send", async () => {
    const { statistics } = await run(never, { maxInFlight: 3 });
    assert.deepEqual(Object.fromEntries(statistics.failures), { "not sent: 3 unanswered": 27, timeout: 3 });
    assert.equal(statistics.sent, 3);
  });

  it("has room again with each answer", async () => {
    const { statistics } = await run(good, { maxInFlight: 15 }, { durationSeconds: 1 });
    assert.deepEqual([statistics.requests, statistics.failed], [100, 0]);
  });

  it("sends nothing more once it is interrupted, and counts what is cut off nowhere else", async () => {
    const controller = new AbortController();
    let sent = 0;
    const send: Client["send"] = (...args) => {
      if (++sent === 5) setImmediate(() => controller.abort());
      return never(...args);
    };
    const options = { signal: controller.signal };
    const { cutOff, seconds, statistics } = await run(send, options, {
      durationSeconds: 60,
      timeoutSeconds: 60,
    });
    assert.equal(cutOff, sent);
    assert.ok(sent < 15, `${sent} sent`);
    assert.ok(seconds < 30);
    assert.equal(statistics.requests, 0);
  });

  it("tells of the time since it last told", async () => {
    const told: Progress[] = [];
    let sent = 0;
    const send = () => (++sent <= 10 ? Promise.reject(new Error("down")) : good());
    const options = { onProgress: (progress: Progress) => told.push(progress), progressMs: 100 };
    const { statistics } = await run(send, options, { durationSeconds: 1 });
    assert.equal(statistics.failed, 10);
    assert.equal(told.at(-1)!.failedRatio, 0);
    assert.ok(told.some(({ failedRatio }) => failedRatio > 0));
    const fastest = Math.max(...told.map(({ ratePerSecond }) => ratePerSecond));
    assert.ok(fastest > 20, `100 a second: ${fastest}`);
  });
});
