import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { aborted, listenAt, stopServing } from "./serving.ts";

it("What stays ends with its signal, and at once where that came before it waited", async () => {
  const state = async (signal: AbortSignal) =>
    Promise.race([aborted(signal).then(() => "ended"), setImmediate("waits")]);
  const ending = new AbortController();
  assert.equal(await state(ending.signal), "waits");
  const waiting = aborted(ending.signal);
  ending.abort();
  await waiting;
  assert.equal(await state(ending.signal), "ended");
});

it("What serves says where, and why it cannot; and ends with whoever is still connected", async () => {
  let said = "";
  const server = createServer();
  mock.method(process.stderr, "write", (text: string) => (said += text) !== "");
  try {
    await listenAt(server, { host: "127.0.0.1", port: 0 });
  } finally {
    mock.restoreAll();
  }
  const { port } = server.address() as AddressInfo;
  assert.equal(said, `Metrics are served at http://127.0.0.1:${port}/metrics\n`);
  const taken = listenAt(createServer(), { host: "127.0.0.1", port });
  await assert.rejects(taken, /^InputError: --listen: cannot listen at 127\.0\.0\.1:\d+: listen EADDRINUSE/);
  const socket = connect(port, "127.0.0.1");
  await Promise.all([once(socket, "connect"), once(server, "connection")]);
  const ended = [once(socket, "close"), once(server, "close")];
  stopServing(server);
  await Promise.all(ended);
});
