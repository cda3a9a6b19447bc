// What a burst counts: who answered, who failed, and how long it took.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { burst } from "./burst.ts";

describe("a burst", () => {
  /** Answers when all of them are there, in their order. */
  async function burstAt(count: number, answer: (response: ServerResponse, index: number) => unknown) {
    const waiting: ServerResponse[] = [];
    const server = createServer((_request, response) => {
      waiting.push(response);
      if (waiting.length === count) waiting.forEach((each, index) => void answer(each, index));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await burst(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, count);
    } finally {
      server.close();
    }
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

  it("knows its slowest answers: of ten one is the slowest twentieth, and no part of the faster half", async () => {
    const { latencyMs, seconds } = await burstAt(10, async (response, index) => {
      if (index === 3) await delay(80);
      by("a", response);
    });
    assert.ok(latencyMs.p50 < 79 && latencyMs.p95 >= 79, JSON.stringify(latencyMs));
    assert.equal(latencyMs.p95, latencyMs.max);
    assert.ok(seconds >= 0.079, "seconds");
    const even = await burstAt(2, async (response, index) => {
      if (index === 1) await delay(80);
      by("a", response);
    });
    assert.ok(even.latencyMs.p50 < 79 && even.latencyMs.max >= 79, JSON.stringify(even.latencyMs));
  });

  it("counts nothing where nobody answers", async () => {
    const { latencyMs, succeeded, failed } = await burst("http://127.0.0.1:1/", 3);
    assert.deepEqual([succeeded, failed, latencyMs], [0, 3, { p50: 0, p95: 0, max: 0 }]);
  });
});
