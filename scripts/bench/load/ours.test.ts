import assert from "node:assert/strict";
import { join } from "node:path";
import { startReplica } from "../backend/replica.ts";
import { runOurs } from "./ours.ts";

describe("our generator beside a server that counts", function () {
  it("has sent what the server counted, at the rate that was asked for", async () => {
    const server = await startReplica(join(import.meta.dirname, "server.ts"), {});
    try {
      const shape = { name: "t", users: 40, everySeconds: [0.2, 0.2], durationSeconds: 1 } as const;
      const said = await runOurs(shape, server.url);
      const answer = await fetch(`${server.url}/rate`);
      const { requests, perSecond } = (await answer.json()) as { requests: number; perSecond: number };
      assert.deepEqual([said.requests, said.failed, requests], [200, 0, 200]);
      // A machine that stands still for a while at the end or the beginning moves it.
      assert.ok(perSecond > 120 && perSecond < 300, `got ${perSecond}`);
      assert.ok(said.p50 >= 10 && said.p99 >= said.p50);
    } finally {
      await server.stop();
    }
  });
});
