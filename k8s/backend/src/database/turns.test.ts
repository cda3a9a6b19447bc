import assert from "node:assert/strict";
import { Busy, Turns } from "./turns.ts";

describe("turns", () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  it("run so many at the same time, and the next one when one ends, in their order", async () => {
    const turns = new Turns({ running: 2, waiting: 10, waitMs: 5000 });
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const all = [0, 1, 2, 3].map((name) =>
      turns.take(() => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await Promise.resolve();
    assert.deepEqual(begun, [0, 1]);
    ends[0]!();
    await all[0];
    await Promise.resolve();
    assert.deepEqual(begun, [0, 1, 2]);
    ends[1]!();
    ends[2]!();
    await all[2];
    await Promise.resolve();
    ends[3]!();
    await Promise.all(all);
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  it("refuse who would wait behind too many", async () => {
    const turns = new Turns({ running: 1, waiting: 1, waitMs: 60_000 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const [first, second] = [turns.take(() => promise), turns.take(() => promise)];
    await assert.rejects(turns.take(never), Busy);
    resolve();
    await Promise.all([first, second]);
  });

  it("refuse who has waited long enough, and go on with the others", async () => {
    const turns = new Turns({ running: 1, waiting: 5, waitMs: 10 });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const first = turns.take(() => promise);
    await assert.rejects(turns.take(never), /no turn within 10 ms/);
    reject(new Error("it failed"));
    await assert.rejects(first, /it failed/);
    resolve();
    assert.equal(await turns.take(() => Promise.resolve(3)), 3);
  });
});
