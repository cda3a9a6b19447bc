// The feed's connection: what it passes on, when it counts as lost, and when it is opened again.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { type FeedHandlers, follow } from "./connection.ts";

/** Plays the browser's: an answer comes when a test says so. */
class PlayedSource extends EventTarget {
  static all: PlayedSource[] = [];
  isClosed = false;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    PlayedSource.all.push(this);
  }
  close() {
    this.isClosed = true;
  }
  say(name: string, data: unknown = {}, lastEventId = "") {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }));
  }
}

describe("the feed's connection", () => {
  const { EventSource } = globalThis;
  let told: unknown[];
  let stop: () => void;
  const last = () => PlayedSource.all.at(-1)!;
  const handlers = Object.fromEntries(
    ["sample", "cluster", "delta", "status", "reset", "connection"].map((name) => [
      name,
      (...data: unknown[]) => told.push([name, ...data]),
    ]),
  ) as unknown as FeedHandlers;
  const lost = (since: number) => ["connection", { kind: "lost", since }];
  const live = ["connection", { kind: "live" }];

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout", "Date"] });
    Object.assign(globalThis, { EventSource: PlayedSource });
    [PlayedSource.all, told] = [[], []];
    stop = follow(handlers);
  });
  afterEach(() => {
    stop();
    mock.timers.reset();
    Object.assign(globalThis, { EventSource });
  });

  it("passes on each event under its name, and is live by the first", () => {
    for (const name of ["sample", "cluster", "cluster-delta", "status", "reset"]) last().say(name, { name });
    assert.deepEqual(told, [
      live,
      ["sample", { name: "sample" }],
      ["cluster", { name: "cluster" }],
      ["delta", { name: "cluster-delta" }],
      ["status", { name: "status" }],
      ["reset"],
    ]);
  });

  it("is opened again from the last event that had an id", () => {
    assert.equal(last().url, "/api/feed");
    last().say("sample", {}, "7 a&b");
    last().say("status");
    last().dispatchEvent(new Event("error"));
    assert.equal(last().isClosed, true);
    mock.timers.tick(500);
    assert.deepEqual([PlayedSource.all.length, last().url], [2, "/api/feed?lastEventId=7%20a%26b"]);
  });

  it("waits twice as long each time, up to ten seconds, and briefly again once there was life", () => {
    const fail = () => last().dispatchEvent(new Event("error"));
    const pauses = [500, 1000, 2000, 4000, 8000, 10_000, 10_000];
    for (const [index, pause] of pauses.entries()) {
      fail();
      mock.timers.tick(pause - 1);
      assert.equal(PlayedSource.all.length, index + 1, `not before ${pause} ms`);
      mock.timers.tick(1);
      assert.equal(PlayedSource.all.length, index + 2);
    }
    assert.deepEqual(told.at(-1), lost(0), "since it was lost first");
    last().dispatchEvent(new Event("open"));
    assert.deepEqual(told.at(-1), live);
    fail();
    assert.deepEqual(told.at(-1), lost(pauses.reduce((sum, pause) => sum + pause)));
    mock.timers.tick(500);
    assert.equal(PlayedSource.all.length, pauses.length + 2);
  });

  it("is lost after half a minute without an event, also when it never was open", () => {
    mock.timers.tick(29_999);
    assert.deepEqual(told, []);
    mock.timers.tick(1);
    assert.deepEqual(told, [lost(30_000)]);
    mock.timers.tick(500);
    last().say("sample");
    mock.timers.tick(29_999);
    assert.deepEqual(told.at(-1), ["sample", {}]);
    mock.timers.tick(1);
    assert.deepEqual([told.at(-1), last().isClosed], [lost(60_500), true]);
  });

  it("ends when told to, and is not opened again", () => {
    last().dispatchEvent(new Event("error"));
    stop();
    mock.timers.tick(60_000);
    assert.equal(PlayedSource.all.length, 1);
    assert.equal(last().isClosed, true);
  });
});
