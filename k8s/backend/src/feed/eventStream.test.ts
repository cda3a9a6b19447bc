// What goes over the wire, and what happens to who does not read.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { EventStream, formatEvent } from "./eventStream.ts";

class Response extends EventEmitter {
  readonly written: string[] = [];
  writableLength = 0;
  writableNeedDrain = false;
  destroyed = false;
  head: unknown[] = [];
  writeHead = (...head: unknown[]) => void (this.head = head);
  write = (text: string) => void this.written.push(text);
  end = () => void this.written.push("(end)");
  destroy = () => void (this.destroyed = true);
}

describe("a stream of events", () => {
  const open = () => {
    const response = new Response();
    return { response, stream: new EventStream(response as unknown as ServerResponse, { "x-variant": "a" }) };
  };

  it("writes events as the standard has them", () => {
    assert.equal(formatEvent("status", { a: "x\ny" }), 'event: status\ndata: {"a":"x\\ny"}\n\n');
    assert.equal(formatEvent("sample", 1, 0), "event: sample\nid: 0\ndata: 1\n\n");
  });

  it("begins with the pause before another attempt, and sends nothing after its end", () => {
    const { response, stream } = open();
    assert.equal(response.head[0], 200);
    assert.equal((response.head[1] as Record<string, string>)["x-variant"], "a");
    stream.send("one");
    response.emit("close");
    stream.send("two");
    assert.deepEqual(response.written, ["retry: 1000\n\n", "one"]);
    assert.ok(stream.signal.aborted);
  });

  it("ends by an error of its connection, too; can be cut and ended", () => {
    const { response, stream } = open();
    response.writableLength = 7;
    assert.equal(stream.waiting, 7);
    stream.end();
    assert.equal(response.written.at(-1), "(end)");
    stream.cut();
    assert.ok(response.destroyed && !stream.signal.aborted);
    response.emit("error", new Error("reset"));
    assert.ok(stream.signal.aborted);
  });

  it("has taken in what it was sent when nothing waits, when it has read, and when it is gone", async () => {
    const { response, stream } = open();
    await stream.drained();
    response.writableNeedDrain = true;
    const over: string[] = [];
    const wait = (name: string) => stream.drained().then(() => over.push(name));
    const waiting = [wait("read")];
    await Promise.resolve();
    assert.deepEqual(over, []);
    response.emit("drain");
    await Promise.all(waiting);
    waiting.push(wait("gone"));
    await Promise.resolve();
    assert.deepEqual(over, ["read"]);
    response.emit("close");
    await Promise.all(waiting);
    await stream.drained();
    assert.deepEqual(over, ["read", "gone"]);
  });
});
