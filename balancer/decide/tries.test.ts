// Moves that came to nothing: refused by somebody, or undone; what is remembered of them, and what it changes.
import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import {
  type BalancerState,
  type Outcome,
  type Plan,
  type Snapshot,
  type Try,
  type WorkloadMemory,
  emptyState,
} from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  gibibyte,
  minute,
  noon,
  withCpu,
} from "../testing/builders.ts";
import { recordOutcomes, restsAfterForbidden, restsAfterTry, triesNow, withKnownRefusals } from "./tries.ts";

const allocatable = { cpu: 8000, memory: 32 * gibibyte, pods: 60 };
const nodes = [buildNode("regular", "r1", { allocatable }), buildNode("spot", "s1", { allocatable })];
const policy = buildPolicy();

type Changes = Parameters<typeof buildWorkload>[1];

function snapshotAt(at: number, names: string[], state: BalancerState, changes: Changes = {}): Snapshot {
  const workloads = names.map((each) => buildWorkload(each, changes));
  const pods = workloads.flatMap((each) =>
    withCpu(buildPods(each, ["r1"]), 0.02).map((pod) => ({
      ...pod,
      usage: { ...pod.usage!, sampledAt: at },
    })),
  );
  return buildSnapshot({ nodes, workloads, pods, state });
}

const planAt = (at: number, names: string[], state: BalancerState, changes?: Changes) =>
  decide(snapshotAt(at, names, state, changes), policy, at);

const answered = ({ moves }: Plan, at: number, answer: (name: string) => [Outcome["result"], string]) =>
  moves.map((move): Outcome => {
    const [result, reason] = answer(move.workload.name);
    return { move, result, reason, message: `${reason} by somebody`, at };
  });

const moved = ({ moves }: Plan) => moves.map(({ workload }) => workload.name);

/** Minutes of the moves in twelve hours, one round a minute. */
function movesOf(answer: [Outcome["result"], string], names = ["web"], changes?: (plan: Plan) => Changes) {
  const minutes: number[] = [];
  let state = emptyState;
  let given: Changes = {};
  for (let i = 0; i < 720; i++) {
    const at = noon + i * minute;
    const plan = planAt(at, names, state, given);
    if (plan.moves.length > 0) {
      minutes.push(i);
      given = changes?.(plan) ?? {};
    }
    state = recordOutcomes(
      plan.state,
      answered(plan, at, () => answer),
    );
  }
  return minutes;
}

describe("a write that is refused", () => {
  const names = ["a1", "a2", "a3", "a4", "a5", "z"];
  const only =
    (refused: RegExp) =>
    (name: string): [Outcome["result"], string] =>
      refused.test(name) ? ["Failed", "Rejected"] : ["Done", "Applied"];

  it("makes room for others in the next round", () => {
    const first = planAt(noon, names, emptyState);
    assert.deepEqual(moved(first), ["a1", "a2", "a3", "a4", "a5"]);
    const state = recordOutcomes(first.state, answered(first, noon, only(/^a/)));
    const second = planAt(noon + minute, names, state);
    assert.deepEqual(moved(second), ["z"]);
    const { reason, message } = second.refusals.find(({ workload }) => workload.name === "a1")!;
    assert.equal(reason, "MoveRefused");
    assert.match(message, /next try in 4 min: Rejected by somebody/);
  });

  it("is tried ever more rarely", () => {
    assert.deepEqual(movesOf(["Failed", "Rejected"]), [0, 5, 15, 35, 75, 155, 315, 635]);
    assert.deepEqual(movesOf(["Skipped", "ForeignOwner"]), [0, 5, 15, 35, 75, 155, 315, 635]);
  });

  for (const reason of ["TooManyRequests", "Unreachable", "Unexpected"])
    it(`is tried ever more rarely, and others have their turn, when the server fails again: ${reason}`, () => {
      assert.deepEqual(movesOf(["Failed", reason]), [0, 1, 6, 16, 36, 76, 156, 316, 636]);
      let state = emptyState;
      const turns = [0, 1, 2].map((i) => {
        const at = noon + i * minute;
        const plan = planAt(at, names, state);
        const answer = (name: string): [Outcome["result"], string] =>
          name === "z" ? ["Done", "Applied"] : ["Failed", reason];
        state = recordOutcomes(plan.state, answered(plan, at, answer));
        return moved(plan).includes("z");
      });
      assert.deepEqual(turns, [false, false, true]);
    });

  it("is counted for the namespace where the right is missing, and once a round", () => {
    const first = planAt(noon, names, emptyState);
    const answers = answered(first, noon, () => ["Failed", "Forbidden"]);
    const state = recordOutcomes(first.state, answers);
    assert.deepEqual(state.forbidden, { demo: { failed: 1, at: noon, why: "Forbidden by somebody" } });
    const second = planAt(noon + minute, names, state);
    assert.equal(second.moves.length, 5, "an API server that has just come up lacks the rights for a moment");
    const again = answered(second, noon + minute, () => ["Failed", "Forbidden"]);
    const third = planAt(noon + 5 * minute, names, recordOutcomes(second.state, again));
    assert.deepEqual(new Set(third.refusals.map(({ reason }) => reason)), new Set(["MoveRefused"]));
    const fourth = planAt(noon + 6 * minute, names, third.state);
    assert.equal(fourth.moves.length, 5);
    const granted = recordOutcomes(
      fourth.state,
      answered(fourth, noon, () => ["Done", "Applied"]),
    );
    assert.equal(granted.forbidden, undefined);
  });

  it("is counted though another workload of the namespace may be moved in the same round", () => {
    const first = planAt(noon, ["a", "b"], emptyState);
    for (const forbidden of [0, 1]) {
      let at = 0;
      const answers = answered(first, noon, () => at++ === forbidden ? ["Failed", "Forbidden"] : ["Done", "Applied"]); // prettier-ignore
      assert.equal(recordOutcomes(first.state, answers).forbidden?.["demo"]?.failed, 1);
    }
  });

  it("is a failure of the round only until it is known", () => {
    const first = planAt(noon, ["web"], emptyState);
    for (const reason of ["Rejected", "Forbidden"]) {
      const outcomes = answered(first, noon, () => ["Failed", reason]);
      assert.deepEqual(withKnownRefusals(outcomes, emptyState), outcomes);
      const known = recordOutcomes(first.state, outcomes);
      assert.equal(withKnownRefusals(outcomes, known)[0]!.result, "Skipped");
    }
  });

  it("may be a change in between once, and no more than that", () => {
    assert.deepEqual(movesOf(["Skipped", "Changed"]).slice(0, 4), [0, 1, 6, 16]);
  });

  it("is none where the round was stopped", () => {
    assert.deepEqual(movesOf(["Skipped", "Stopped"]).slice(0, 3), [0, 1, 2]);
  });
});

describe("a move that somebody undoes", () => {
  it("is made ever more rarely, whether or not our annotation goes too", () => {
    const expected = [0, 31, 92, 213, 454];
    assert.deepEqual(movesOf(["Done", "Applied"]), expected);
    const keeping = movesOf(["Done", "Applied"], ["web"], ({ moves: [move] }) => ({ memory: move!.memory }));
    assert.deepEqual(keeping, expected);
  });

  it("is a crash of the round at first, where its end was not recorded", () => {
    const first = planAt(noon, ["web"], emptyState);
    const second = planAt(noon + minute, ["web"], first.state);
    assert.deepEqual(moved(second), ["web"]);
    const third = planAt(noon + 2 * minute, ["web"], second.state);
    assert.deepEqual(
      third.refusals.map(({ reason }) => reason),
      ["PlacementUndone"],
    );
    const { memory } = first.moves[0]!;
    assert.deepEqual(moved(planAt(noon + minute, ["web"], first.state, { memory })), [], "it was done");
  });

  it("is told so", () => {
    const first = planAt(noon, ["web"], emptyState);
    const state = recordOutcomes(
      first.state,
      answered(first, noon, () => ["Done", "Applied"]),
    );
    const [refusal] = planAt(noon + minute, ["web"], state).refusals;
    assert.equal(refusal!.reason, "PlacementUndone");
    assert.match(
      refusal!.message,
      /of 1 min ago was undone by somebody else, 1 in a row, next try in 30 min/,
    );
  });

  it("counts in the hour, though the workload does not remember it", () => {
    for (const result of ["Done", "Undone"] as const) {
      const tried = { at: noon - minute, placement: "spot" as const, failed: 0, result };
      const tries = { "Deployment/demo/web": tried };
      const hourly = buildPolicy("{ namespaces: { demo: }, budgets: { maxMovesPerHour: 1 } }");
      const snapshot = snapshotAt(noon, ["web", "other"], { ...emptyState, tries });
      const { moves, refusals } = decide(snapshot, hourly, noon);
      assert.deepEqual(moves, []);
      assert.ok(refusals.some(({ reason }) => reason === "MoveBudgetHour"));
    }
  });

  it("is forgiven once the placement stood for a day", () => {
    const at = noon - 25 * 60 * minute;
    const tries = {
      "Deployment/demo/web": { at, placement: "spot" as const, failed: 4, result: "Done" as const },
    };
    const { state } = planAt(noon, ["web"], { ...emptyState, tries });
    assert.equal(state.tries!["Deployment/demo/web"]!.failed, 1);
  });
});

it("remembers no more tries than the state has room for", () => {
  const tries = Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [
      `Deployment/demo/w${i}`,
      { at: noon - 120 * minute - i, placement: "spot" as const, failed: 0, result: "Done" as const },
    ]),
  );
  const { state } = planAt(noon, ["web"], { ...emptyState, tries });
  assert.equal(Object.keys(state.tries!).length, 1000);
  assert.ok("Deployment/demo/web" in state.tries!);
});

describe("what became of a move", () => {
  const day = 1440 * minute;
  const at = noon - minute;
  const done: WorkloadMemory = { lastMovedAt: at, lastMove: "ToSpot", lastReason: "Idle", recentMoves: [], failedReturns: 0 }; // prettier-ignore
  const cases: [what: string, Partial<Try>, Changes | undefined, found: string | undefined][] = [
    ["is not known where its workload is gone", { result: "Done" }, undefined, "Done 0"],
    ["is that it holds", { result: "Done" }, { placement: "spot" }, "Done 0"],
    ["is nothing any more, once it is back", { placement: "regular", result: "Done" }, {}, undefined],
    ["is that somebody undid it", { result: "Done" }, {}, "Undone 1"],
    ["is that somebody undid it again", { result: "Done", failed: 2 }, {}, "Undone 3"],
    ["is, after a day, that somebody undid it once", { result: "Done", failed: 2, at: noon - day - 1 }, {}, "Undone 1"],
    ["is that somebody refused its way back", { placement: "regular", result: "Done" }, { placement: "spot" }, "Refused 1"],
    ["is a crash, where nobody noted it, and nothing came of it", {}, {}, "Changed 1"],
    ["is no crash the second time", { failed: 1 }, {}, "Undone 2"],
    ["is no crash where the workload remembers it", {}, { memory: done }, "Undone 1"],
    ["stays what it was", { result: "Refused", failed: 2 }, {}, "Refused 2"],
    ["is remembered for a week", { result: "Refused", at: noon - 7 * day }, {}, "Refused 0"],
    ["is forgotten then", { result: "Refused", at: noon - 7 * day - 1 }, {}, undefined],
    ["is remembered for a week after it failed", { result: "Refused", at: noon - 9 * day, failedAt: noon - 7 * day }, {}, "Refused 0"],
  ]; // prettier-ignore
  for (const [what, tried, changes, found] of cases)
    it(what, () => {
      const tries: Record<string, Try> = {
        "Deployment/demo/web": { at, placement: "spot", failed: 0, ...tried },
      };
      const workloads = changes ? [buildWorkload("web", changes)] : [];
      const [one] = triesNow(buildSnapshot({ workloads, state: { ...emptyState, tries } }), noon).values();
      assert.equal(one && `${one.result} ${one.failed}`, found);
    });
});

describe("the rest after a move that came to nothing", () => {
  const rests: [what: string, tried: Partial<Try>, cooldown: string, minutes: number | undefined][] = [
    ["is none before anything failed", { failedAt: undefined, result: "Refused" }, "", undefined],
    ["is none where the round was stopped", { result: "None" }, "", undefined],
    ["is five minutes once it was refused", { result: "Refused" }, "", 5],
    ["is less where policy rests for less", { result: "Refused" }, "minutes: 2", 2],
    ["doubles", { result: "Refused", failed: 3 }, "", 20],
    ["is eight hours at the most", { result: "Refused", failed: 99 }, "", 480],
    ["is policy's where it was undone", { result: "Undone" }, "", 30],
    ["is policy's first rest at least", { result: "Undone", failed: 5 }, "minutes: 60, maxMinutes: 10", 60],
    ["is none after one change in between", { result: "Changed" }, "", undefined],
    ["is five minutes after two", { result: "Changed", failed: 2 }, "", 5],
  ];
  for (const [what, tried, cooldown, minutes] of rests)
    it(what, () => {
      const failed: Try = { at: noon - minute, placement: "spot", failed: 1, failedAt: noon, ...tried };
      const until = restsAfterTry(failed, buildPolicy(`{ cooldown: { ${cooldown} } }`));
      assert.equal(until, minutes === undefined ? 0 : noon + minutes * minute);
    });

  it("of a namespace begins with the second time", () => {
    const rest = (failed: number) =>
      (restsAfterForbidden({ failed, at: noon, why: "" }, policy) - noon) / minute;
    assert.equal(restsAfterForbidden({ failed: 1, at: noon, why: "" }, policy), 0);
    assert.deepEqual([rest(2), rest(3), rest(4)], [5, 10, 20]);
  });
});
