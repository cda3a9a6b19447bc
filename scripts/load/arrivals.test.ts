import assert from "node:assert/strict";
import fc from "fast-check";
import { seededChance } from "../simulate/chance.ts";
import { type Pace, arrivals, usersAt } from "./arrivals.ts";

const buildPace = (changes: Partial<Pace> = {}): Pace => ({
  ...{ users: 100, everySeconds: [1, 2], rampSeconds: 0, durationSeconds: 30 },
  ...changes,
});

const paces = fc
  .record({
    users: fc.integer({ min: 1, max: 40 }),
    least: fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 10),
    more: fc.integer({ min: 0, max: 30 }).map((tenths) => tenths / 10),
    rampSeconds: fc.integer({ min: 0, max: 20 }),
    durationSeconds: fc.integer({ min: 1, max: 300 }).map((tenths) => tenths / 10),
    seed: fc.integer(),
  })
  .map(({ least, more, seed, ...rest }) => ({
    pace: { ...rest, everySeconds: [least, least + more] } satisfies Pace,
    seed,
  }));

describe("arrivals", () => {
  it("come in order, within the duration, and each user keeps to its gaps", () => {
    fc.assert(
      fc.property(paces, ({ pace, seed }) => {
        const [least, most] = pace.everySeconds;
        const last = new Map<number, number>();
        let before = 0;
        for (const { at, user } of arrivals(pace, seededChance(seed))) {
          assert.ok(at >= before && at < pace.durationSeconds);
          before = at;
          const previous = last.get(user);
          if (previous === undefined) assert.ok(at >= (pace.rampSeconds * user) / pace.users);
          else assert.ok(at - previous > least - 1e-9 && at - previous < most + 1e-9);
          last.set(user, at);
        }
        for (let user = 0; user < pace.users; user++) {
          const latest = last.get(user) ?? (pace.rampSeconds * user) / pace.users;
          assert.ok(latest + most + 1e-9 >= pace.durationSeconds, `user ${user} stopped at ${latest}`);
        }
      }),
    );
  });

  it("are the same for the same chance", () => {
    const draw = () => [...arrivals(buildPace(), seededChance(7))];
    assert.deepEqual(draw(), draw());
  });

  const rates: [name: string, pace: Partial<Pace>, perSecond: number, within: number][] = [
    ["extreme", { users: 450, durationSeconds: 300 }, 300, 0.01],
    ["collect", { users: 300, durationSeconds: 180 }, 200, 0.01],
    ["replay", { users: 150, everySeconds: [1, 4], durationSeconds: 180 }, 60, 0.02],
    ["an even second", { users: 300, everySeconds: [1, 1] }, 300, 0],
  ];
  for (const [name, changes, perSecond, within] of rates) {
    it(`of ${name} are ${perSecond} a second`, () => {
      const pace = buildPace(changes);
      const rate = [...arrivals(pace, seededChance(1))].length / pace.durationSeconds;
      assert.ok(Math.abs(rate / perSecond - 1) <= within, `got ${rate}`);
    });
  }

  it("begin with few users, and end with all", () => {
    const pace = buildPace({ rampSeconds: 10 });
    assert.deepEqual(
      [0, 0.05, 5, 10, 99].map((seconds) => usersAt(pace, seconds)),
      [0, 1, 50, 100, 100],
    );
    assert.equal(usersAt(buildPace(), 0), 100);
  });
});
