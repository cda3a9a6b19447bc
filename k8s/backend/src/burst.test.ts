// What a burst counts: who answered, who failed, and how long it took.
import assert from "node:assert/strict";
import { type ServerResponse, createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { listening } from "../../../balancer/testing/listening.ts";
import { burst, percentilesOf } from "./burst.ts";

describe("a burst", () => {
  /** Answers when all of them are there, in their order. */
  async function burstAt(count: number, answer: (response: ServerResponse, index: number) => unknown) {
    const waiting: ServerResponse[] = [];
    const server = createServer((_request, response) => {
      waiting.push(response);
      if (waiting.length === count) waiting.forEach((each, index) => void answer(each, index));
    });
    const { url, stop } = await listening(server);
    return await burst(url, count).finally(stop);
  }
  const by = (variant: string, response: ServerResponse, status = 200) =>
    response.writeHead(status, { "x-variant": variant }).end("ok");

  it("is sent at once, and counts each answer by its variant, and what failed", async () => {
    const { latencyMs, seconds, ...counts } = await burstAt(10, (response, index) => {
      if (index === 0) return response.destroy();
      if (index === 1) return by("a", response, 400);
      return by(index < 4 ? "a" : index === 9 ? "c" : "b", response);
    });
    assert.deepEqual(counts, { requests: 10, succeeded: 8, failed: 2, variants: { a: 2, b: 5 } });
    assert.ok(latencyMs.p50 > 0 && latencyMs.max / 1000 <= seconds && seconds < 5);
  });

  it("takes as many seconds as its slowest answer", async () => {
    const { latencyMs, seconds } = await burstAt(2, async (response, index) => {
      if (index === 1) await delay(60);
      by("a", response);
    });
    assert.ok(latencyMs.max >= 59, JSON.stringify(latencyMs));
    assert.ok(seconds >= 0.059 && seconds * 1000 >= latencyMs.max, `${seconds}`);
  });

  for (const scheme of ["http", "https"])
    it(`counts nothing where nobody answers, by ${scheme}`, async () => {
      const { latencyMs, succeeded, failed } = await burst(`${scheme}://127.0.0.1:1/`, 3);
      assert.deepEqual([succeeded, failed, latencyMs], [0, 3, { p50: 0, p95: 0, max: 0 }]);
    });

  const upTo = (most: number) => Array.from({ length: most }, (_, index) => most - index);
  const percentiles: [values: number[], p50: number, p95: number, max: number][] = [
    [upTo(100), 50, 95, 100],
    [upTo(10), 5, 10, 10],
    [upTo(2), 1, 2, 2],
    [[7.125], 7.13, 7.13, 7.13],
    [[7.121], 7.12, 7.12, 7.12],
    [[], 0, 0, 0],
  ];
  for (const [values, p50, p95, max] of percentiles)
    it(`has of ${values.length} answers the percentiles ${p50}, ${p95}, ${max}`, () =>
      assert.deepEqual(percentilesOf(values), { p50, p95, max }));
});
