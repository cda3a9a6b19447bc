import assert from "node:assert/strict";
import { type MoveKind, type Workload, emptyState } from "../model.ts";
import { buildPolicy, buildWorkload, minute, noon } from "../testing/builders.ts";
import { planFor } from "../testing/deciding.ts";
import { evictionTimes, evictionsOfTheDay, remember, restsUntil, withBelievedMemory } from "./memory.ts";

const policy = buildPolicy("cooldown: { minutes: 30, maxMinutes: 100 }");

/** Moves a workload at the given minutes; to regular because it was busy. */
function after(...moves: [kind: MoveKind, atMinute: number][]): Workload {
  let workload = buildWorkload("web");
  for (const [kind, atMinute] of moves) {
    const reason = kind === "ToSpot" ? "Idle" : "Busy";
    workload = {
      ...workload,
      memory: remember(workload, { kind, reason }, policy, noon + atMinute * minute),
    };
  }
  return workload;
}

const restMinutes = (workload: Workload, kind: MoveKind) =>
  (restsUntil(workload, [], kind, policy) - workload.memory!.lastMovedAt) / minute;

describe("memory of moves", () => {
  it("lets a workload rest after a move", () => {
    assert.equal(restMinutes(after(["ToSpot", 0]), "ToRegular"), 30);
    assert.equal(restsUntil(buildWorkload("web"), [], "ToSpot", policy), 0);
  });

  it("doubles the rest before the next try on spot with each failed return, up to the maximum", () => {
    const once = after(["ToSpot", 0], ["ToRegular", 10]);
    assert.equal(once.memory!.failedReturns, 1);
    assert.equal(restMinutes(once, "ToSpot"), 60);
    assert.equal(restMinutes(once, "ToRegular"), 30);
    const twice = after(["ToSpot", 0], ["ToRegular", 10], ["ToSpot", 80], ["ToRegular", 139]);
    assert.equal(restMinutes(twice, "ToSpot"), 100);
  });

  it("forgives after a long stay on spot", () => {
    const stayed = after(["ToSpot", 0], ["ToRegular", 10], ["ToSpot", 80], ["ToRegular", 140]);
    assert.equal(stayed.memory!.failedReturns, 0);
  });

  it("holds a lost node against nobody, be it soon or late: availability counts what that costs", () => {
    for (const [atMinute, failedReturns] of [
      [10, 0],
      [500, 2],
    ] as const) {
      const there = after(["ToSpot", 0]);
      const web = { ...there, memory: { ...there.memory!, failedReturns } };
      const lost = remember(web, { kind: "ToRegular", reason: "SpotNodeLost" }, policy, noon + atMinute * minute); // prettier-ignore
      assert.equal(lost.failedReturns, failedReturns);
    }
  });

  it("counts an eviction as a move", () => {
    const web = buildWorkload("web");
    assert.equal(restsUntil(web, [noon], "Rebalance", policy), noon + 30 * minute);
    assert.equal(restsUntil(web, [noon - 60 * minute, noon], "Rebalance", policy), noon + 60 * minute);
    assert.equal(restsUntil(web, [noon - 60 * minute, noon], "ToSpot", policy), noon + 30 * minute);
  });

  it("marks the template with the same time, so that a way back and forth is no new revision", () => {
    const [once, thrice] = [after(["ToSpot", 0]), after(["ToSpot", 0], ["ToRegular", 60], ["ToSpot", 120])];
    assert.deepEqual([once.memory!.placedAt, thrice.memory!.placedAt], [noon, noon]);
    const renewal = { kind: "ToSpot", reason: "BackToSpot", renews: true } as const;
    assert.equal(remember(thrice, renewal, policy, noon + 200 * minute).placedAt, noon + 200 * minute);
    assert.equal(
      remember(buildWorkload("web"), { kind: "ToRegular", reason: "Busy" }, policy, noon).placedAt,
      undefined,
    );
  });

  it("does not believe in moves that are yet to come", () => {
    const ahead = noon + 60 * minute;
    const memory = { ...after(["ToSpot", 60]).memory!, recentMoves: [noon - minute, ahead, ahead] };
    const believed = withBelievedMemory({ ...buildWorkload("web"), memory }, noon);
    assert.deepEqual(believed.memory!.recentMoves, [noon - minute]);
    assert.ok(restsUntil(believed, [], "ToSpot", policy) < noon);
    // Clocks differ by up to five minutes.
    for (const [at, isBelieved] of [
      [noon + 5 * minute, true],
      [noon + 5 * minute + 1, false],
    ] as const) {
      const moved = { ...after(["ToSpot", 0]).memory!, lastMovedAt: at, recentMoves: [at] };
      const seen = withBelievedMemory({ ...buildWorkload("web"), memory: moved }, noon).memory!;
      assert.deepEqual([seen.lastMovedAt === at, seen.recentMoves.length === 1], [isBelieved, isBelieved]);
    }
    const sound = after(["ToSpot", 0]);
    assert.equal(withBelievedMemory(sound, noon), sound);
  });

  it("keeps evictions for a day, by workload", () => {
    const [yesterday, today] = [noon - 1440 * minute, noon - 1440 * minute + 1];
    const evictions = [
      ...[
        { workload: "a", at: yesterday },
        { workload: "a", at: today, hotNode: "r1" },
      ],
      ...[
        { workload: "b", at: noon },
        { workload: "a", at: noon },
      ],
    ];
    const forbidden = { demo: { failed: 2, at: noon, why: "no Role" } };
    const state = { ...emptyState, evictions, forbidden };
    assert.deepEqual(evictionsOfTheDay(state, noon), evictions.slice(1));
    const handedOn = planFor({ state }).state;
    assert.deepEqual([handedOn.evictions, handedOn.forbidden], [evictions.slice(1), forbidden]);
    assert.deepEqual([...evictionTimes(state, noon)], [["a", [today, noon]], ["b", [noon]]]); // prettier-ignore
  });

  it("keeps the moves of the last hour only", () => {
    const { recentMoves } = after(["ToSpot", 0], ["ToRegular", 10], ["ToSpot", 60]).memory!;
    assert.deepEqual(recentMoves, [noon + 10 * minute, noon + 60 * minute]);
  });
});
