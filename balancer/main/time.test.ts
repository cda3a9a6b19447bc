import assert from "node:assert/strict";
import { mock } from "node:test";
import { Stopped } from "./serving.ts";
import { type Time, newIdentity, withinTime } from "./time.ts";

describe("the time that something may take", () => {
  let ending: AbortController;
  let time: Time;
  let finish: () => void;
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    ending = new AbortController();
  });
  afterEach(() => mock.timers.reset());

  /** Runs until `finish` is called. */
  const run = (deadline: number) =>
    withinTime(
      { what: "round", deadline, ending: ending.signal },
      (given) =>
        new Promise<string>((resolve) => {
          time = given;
          finish = () => resolve("done");
        }),
    );
  const state = () => [time.stop.aborted, time.cut.aborted];

  it("ends at its deadline: nothing more is begun, and ten seconds later all is cut off", async () => {
    const result = run(50);
    mock.timers.tick(49_999);
    assert.deepEqual(state(), [false, false]);
    mock.timers.tick(1);
    assert.deepEqual(state(), [true, false]);
    const reason = time.stop.reason as Error;
    assert.deepEqual([reason.name, reason.message], ["UnreachableError", "The round was not finished within 50 s (--deadline)"]); // prettier-ignore
    mock.timers.tick(9999);
    assert.deepEqual(state(), [true, false]);
    mock.timers.tick(1);
    assert.deepEqual([...state(), time.cut.reason], [true, true, reason]);
    finish();
    assert.equal(await result, "done");
  });

  it("ends with the program, in the same way and with its reason", async () => {
    const result = run(50);
    const reason = new Stopped("SIGTERM");
    ending.abort(reason);
    assert.deepEqual([...state(), time.stop.reason], [true, false, reason]);
    mock.timers.tick(10_000);
    assert.deepEqual([...state(), time.cut.reason], [true, true, reason]);
    finish();
    await result;
  });

  it("has ended when the program has before it began", async () => {
    ending.abort(new Stopped("SIGINT"));
    const result = run(50);
    assert.deepEqual(state(), [true, false]);
    finish();
    await result;
  });

  it("leaves nothing behind when it was enough: no request, and no deadline", async () => {
    const result = run(50);
    finish();
    await result;
    assert.deepEqual(state(), [false, true]);
    mock.timers.tick(60_000);
    ending.abort(new Stopped("SIGTERM"));
    assert.deepEqual(state(), [false, true]);
  });

  it("passes on what fails, and cuts off the rest", async () => {
    const failing = withinTime({ what: "round", deadline: 1, ending: ending.signal }, (given) => {
      time = given;
      return Promise.reject(new Error("no"));
    });
    await assert.rejects(failing, /^Error: no$/);
    assert.deepEqual(state(), [false, true]);
  });
});

it("differs from one holder of the Lease to the next: who it is", () => {
  const [one, other] = [newIdentity(), newIdentity()];
  assert.notEqual(one, other);
  assert.match(one, new RegExp(`-${process.pid}-[0-9a-f]{6}$`));
});
