import assert from "node:assert/strict";
import { silent } from "../../testing/log.ts";
import type { SampleFeed } from "../feed/sampleFeed.ts";
import { buildApp } from "./app.ts";
import { feedRoute } from "./feed.ts";

describe("the feed's route", () => {
  it("refuses HEAD, which it would never answer", async () => {
    const app = buildApp({
      ...{ variant: "a", version: "1", log: silent, leaving: () => false },
      metrics: { request: () => undefined },
    });
    await app.register((routes, _options, done) => {
      feedRoute(routes.withTypeProvider(), {
        ...{ samples: { listen: () => Promise.resolve() } as unknown as SampleFeed, cluster: undefined },
        limits: { clients: 1, clientsPerAddress: 1, waitingBytes: 1, waitingBytesInAll: 1 },
        ...{ links: [], status: () => assert.fail("nobody is connected"), onClients: () => undefined },
      });
      done();
    });
    const { statusCode, headers } = await app.inject({ method: "HEAD", url: "/api/feed" });
    assert.deepEqual([statusCode, headers["allow"]], [405, "GET"]);
    await app.close();
  });
});
