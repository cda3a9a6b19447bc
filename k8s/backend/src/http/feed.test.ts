import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ClusterView } from "../cluster/view.ts";
import { type FeedClient, openFeed } from "../../testing/feedClient.ts";
import { silent, until } from "../../testing/log.ts";
import { buildSample } from "../../testing/samples.ts";
import { waitingLimits } from "../feed/feedClients.ts";
import type { Listener, SampleFeed } from "../feed/sampleFeed.ts";
import { Link } from "../link.ts";
import type { Status } from "../schemas.ts";
import { buildApp } from "./app.ts";
import { type FeedOptions, feedRoute } from "./feed.ts";

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

  /** Says what it is told of, and does nothing by itself. */
  class Samples {
    readonly joined: { listener: Listener; seq: number | undefined }[] = [];
    fails: Error | undefined;
    listen(listener: Listener, seq: number | undefined): Promise<void> {
      this.joined.push({ listener, seq });
      return this.fails ? Promise.reject(this.fails) : Promise.resolve();
    }
  }

  async function serve(options: Partial<FeedOptions> = {}) {
    const app = buildApp({
      ...{ variant: "a", version: "1", log: silent, leaving: () => false },
      metrics: { request: () => undefined },
    });
    const samples = new Samples();
    const link = new Link("down");
    const cluster = Object.assign(new EventEmitter(), { known: false, json: '{"nodes":[]}' });
    const counts: number[] = [];
    await app.register((routes, _options, done) => {
      feedRoute(routes.withTypeProvider(), {
        ...{ samples: samples as unknown as SampleFeed, cluster: cluster as unknown as ClusterView },
        ...{ links: [link], status: () => ({ database: link.state, cluster: link.state }) },
        ...{
          limits: { clients: 9, clientsPerAddress: 9, ...waitingLimits },
          onClients: (count) => counts.push(count),
        },
        ...options,
      });
      done();
    });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    return { app, samples, link, cluster, counts, url };
  }
  const namesOf = ({ events }: FeedClient) => events.map(({ event }) => event);

  it("tells the state at once, the cluster as soon as it is known, and then what changes", async () => {
    const { app, samples, link, cluster, counts, url } = await serve();
    const client = await openFeed(url);
    await until("the state", () => client.events.length === 1);
    cluster.known = true;
    cluster.emit("known");
    cluster.emit("delta", { nodes: { changed: [], removed: ["one"] } });
    link.setUp();
    await until("all", () => client.events.length === 4);
    assert.deepEqual(namesOf(client), ["status", "cluster", "cluster-delta", "status"]);
    assert.deepEqual(client.events[1]!.data, { nodes: [] });
    assert.deepEqual(client.events[2]!.data, { nodes: { changed: [], removed: ["one"] } });
    assert.deepEqual((client.events[3]!.data as Status).database.up, true);
    const second = await openFeed(url);
    await until("the state and the cluster", () => second.events.length === 2);
    assert.deepEqual(namesOf(second), ["status", "cluster"]);
    assert.deepEqual(samples.joined.map(({ seq }) => seq), [undefined, undefined]); // prettier-ignore
    second.close();
    await until("one client", () => counts.at(-1) === 1);
    assert.deepEqual(counts, [1, 2, 1]);
    await app.close(); // would wait for ever for one that is not ended
    await until("the end", () => client.ended);
  });

  it("is there without a cluster, too, and says when a client has taken in what it was sent", async () => {
    const { app, samples, url } = await serve({ cluster: undefined });
    const client = await openFeed(url);
    await until("the state", () => client.events.length === 1);
    assert.deepEqual(namesOf(client), ["status"]);
    const drained = samples.joined[0]!.listener.drained();
    assert.ok(drained instanceof Promise);
    await drained;
    await app.close();
  });

  it("sends samples with their numbers, of one machine where that is asked for, and tells of a new start", async () => {
    const { app, samples, url } = await serve();
    const [all, one] = [await openFeed(url, 7), await openFeed(`${url}/api/feed?machine=m2&lastEventId=5`)];
    await until("both", () => samples.joined.length === 2);
    assert.deepEqual(samples.joined.map(({ seq }) => seq), [7, 5]); // prettier-ignore
    const page = ["m1", "m2"].map((machine, index) => ({ seq: 8 + index, sample: buildSample({ machine }) }));
    for (const { listener } of samples.joined) {
      listener.samples(page);
      listener.reset(9, "too much was missed");
    }
    await until("all of them", () => all.events.length === 4 && one.events.length === 3);
    assert.deepEqual(all.events.slice(1), [
      { event: "sample", id: 8, data: page[0]!.sample },
      { event: "sample", id: 9, data: page[1]!.sample },
      { event: "reset", id: 9, data: { reason: "too much was missed" } },
    ]);
    assert.deepEqual(one.events.slice(1), all.events.slice(2));
    await app.close();
  });

  it("goes on from the header rather than from the address, as browsers come again", async () => {
    const { app, samples, url } = await serve();
    const client = await openFeed(`${url}/api/feed?lastEventId=5`, 7);
    await until("the client", () => samples.joined.length === 1);
    assert.equal(samples.joined[0]!.seq, 7);
    client.close();
    await app.close();
  });

  it("sends a sign of life between events, is not kept by caches or proxies, and ends with its connection", async () => {
    const { app, url } = await serve({ heartbeatMs: 10 });
    const answer = await fetch(`${url}/api/feed`);
    const names = ["content-type", "cache-control", "x-accel-buffering", "x-variant", "connection"];
    assert.deepEqual(
      names.map((name) => answer.headers.get(name)),
      ["text/event-stream; charset=utf-8", "no-store", "no", "a", "close"],
    );
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk as Uint8Array);
      if (text.split(": still here\n\n").length > 3) break;
    }
    assert.match(text, /^retry: 1000\n\nevent: status\n/);
    await app.close();
    const quiet = await serve();
    const client = await fetch(`${quiet.url}/api/feed`);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await quiet.app.close();
    assert.doesNotMatch(await client.text(), /still here/, "15 s lie between two");
  });

  it("has room for so many clients, and ends who cannot be served", async () => {
    const limits = { clients: 1, clientsPerAddress: 1, ...waitingLimits };
    const { app, samples, url } = await serve({ limits });
    const first = await openFeed(url);
    const refused = await fetch(`${url}/api/feed`);
    assert.equal(refused.status, 503);
    assert.match(
      await refused.text(),
      /"Busy".*1 clients follow the feed of this replica already: try again later/,
    );
    first.close();
    samples.fails = new Error("odd");
    await until("room", async () => {
      const again = await fetch(`${url}/api/feed`);
      return again.status === 200 && /^retry: 1000\n\nevent: status\n.*\n\n$/.test(await again.text());
    });
    await app.close();
  });
});
