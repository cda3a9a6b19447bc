import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { aborted } from "./serving.ts";

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
