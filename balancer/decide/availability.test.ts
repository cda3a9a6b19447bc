// What losses have cost of each goal, and what that still allows.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type AvailabilityState, emptyState } from "../model.ts";
import { buildNode, buildPods, buildPolicy, buildSnapshot, buildWorkload, minute, noon } from "../testing/builders.ts"; // prettier-ignore
import { type Case, onSpot, reasonFor } from "../testing/refusals/case.ts";
import { floorOf } from "./availability/goal.ts";
import { expectation } from "./availability/losses.ts";
import { buildWorld } from "./world.ts";

const hour = 60 * minute;
const day = 24 * hour;
const before = (changes: Partial<AvailabilityState>): AvailabilityState => ({
  ...{ at: noon, losses: [], spent: {} },
  ...changes,
});
const lost = (hoursAgo: number, share = 1) => ({ at: noon - hoursAgo * hour, share });

/** Pod-minutes by group: what a week may cost, and what was spent. */
function groups(availability?: AvailabilityState, available = 1): Record<string, [number, number]> {
  const tier = (name: string) => ({ labels: { "spot-balancer/tier": name } });
  const workloads = [
    buildWorkload("a", { ...tier("low"), replicas: 2, placement: "spot", status: { available } }),
    buildWorkload("b", { replicas: 3, placement: "spot", status: { available: 9 } }),
    buildWorkload("c", { ...tier("low"), replicas: 1, status: { available: 0 } }),
    buildWorkload("d", { ...tier("low"), namespace: "shop", replicas: 4 }),
    buildWorkload("e", { ...tier("critical"), replicas: 5 }),
  ];
  const policy = buildPolicy("namespaces: { demo: , shop: { availability: 0.99 } }");
  const snapshot = buildSnapshot({ workloads, state: { ...emptyState, availability } });
  const found = buildWorld(snapshot, policy, noon).availability.groups;
  const rounded = (value: number) => Number(value.toFixed(4));
  return Object.fromEntries([...found].map(([name, { allowed, spent }]) => [name, [rounded(allowed), rounded(spent)]])); // prettier-ignore
}

describe("what losses of spot may cost", () => {
  it("is of each tier, or namespace with a goal of its own, what its replicas may miss in a week", () => {
    assert.deepEqual(groups(), {
      low: [90.72, 0], // 3 pods × 10,080 min × 0.3 %
      standard: [30.24, 0],
      "namespace shop": [403.2, 0],
      critical: [0, 0],
    });
  });

  const cases: [what: string, before: AvailabilityState, available: number, low: number][] = [
    ["what is missing on spot since the last round", before({ at: noon - 2 * minute, losses: [lost(0.2)] }), 1, 2],
    ["all that is missing", before({ at: noon - 2 * minute, losses: [lost(0.2)] }), 0, 4],
    ["nothing where nothing is missing", before({ at: noon - 2 * minute, losses: [lost(0.2)] }), 3, 0],
    ["five minutes, where rounds were left out", before({ at: noon - hour, losses: [lost(0.2)] }), 1, 5],
    ["what is missing within a quarter of an hour of a loss", before({ at: noon - minute, losses: [lost(0.25)] }), 1, 1],
    ["nothing later: that has other causes", before({ at: noon - minute, losses: [lost(0.25 + 1 / 3600)] }), 1, 0],
    ["nothing without a loss", before({ at: noon - minute }), 1, 0],
    ["what was spent before", before({ spent: { low: 7 } }), 1, 7],
    ["of that, after a week, what has not been forgotten", before({ at: noon - 7 * day, spent: { low: 7 } }), 1, 2.5752],
  ]; // prettier-ignore
  for (const [what, state, available, low] of cases)
    it(`has cost ${what}`, () => assert.equal(groups(state, available)["low"]![1], low));
});

describe("what is expected of the next hour", () => {
  it("is the worst rate of loss of all spans until now", () => {
    const of = (...losses: AvailabilityState["losses"]) => expectation({ losses }, noon);
    assert.deepEqual(of(), { expectedLoss: 0 });
    assert.deepEqual(of(lost(3, 0.4)), { expectedLoss: 0.1, span: { hours: 3, lost: 0.4 } });
    assert.deepEqual(of(lost(9, 0.9), lost(2, 0.3), lost(1, 0.2)).span, { hours: 2, lost: 0.5 });
    assert.deepEqual(of(lost(2, 0.9), lost(1, 0.8)), { expectedLoss: 0.4, span: { hours: 1, lost: 0.8 } });
    assert.deepEqual(of(lost(0.5, 0.9), lost(0, 0.8)).expectedLoss, 0.8);
  });

  it("looks back a week, at 200 losses, and never ahead", () => {
    const kept = (losses: AvailabilityState["losses"]) => {
      const snapshot = buildSnapshot({ state: { ...emptyState, availability: before({ losses }) } });
      return buildWorld(snapshot, buildPolicy(), noon).availability.state.losses;
    };
    assert.deepEqual(kept([lost(7 * 24), lost(7 * 24 - 0.01), lost(-1)]), [lost(7 * 24 - 0.01)]);
    const many = Array.from({ length: 300 }, (_, i) => lost(160 - i / 2, 0.001));
    assert.deepEqual(kept(many), many.slice(100));
  });
});

describe("the floor on regular that follows from a goal", () => {
  const cases: [goal: number, floors: Record<number, number>][] = [
    // A week's 30, 10 and 3 minutes bear one loss of 2.5 minutes; 2 and 1 minute do not.
    [0.997, { 1: 0, 10: 0 }],
    [0.999, { 1: 0, 10: 0 }],
    [0.99975, { 1: 0, 10: 0 }],
    [0.9998, { 1: 1, 2: 1, 3: 1, 5: 1, 10: 2, 11: 3 }],
    [0.9999, { 1: 1, 2: 1, 3: 1, 4: 2, 10: 5, 11: 5 }],
    [1, { 1: 1, 2: 1, 9: 4 }],
  ];
  for (const [goal, floors] of cases)
    it(`keeps so much that one loss of all of spot costs no more than a week may: ${goal}`, () => {
      for (const [replicas, floor] of Object.entries(floors))
        assert.equal(floorOf(goal, Number(replicas)), floor, replicas);
    });

  it("costs no more than that, or half", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 100 }), (goal, n) => {
        const floor = floorOf(goal, n);
        const spot = n - floor;
        const takes = 2.5 * (spot / n);
        assert.ok(n === 1 ? floor <= 1 : floor <= n / 2);
        if (spot > Math.ceil(n / 2)) assert.ok(takes <= (1 - goal) * 7 * 24 * 60 + 1e-6, `${takes}`);
        if (floor > 0) assert.ok(2.5 > (1 - goal) * 7 * 24 * 60);
      }),
    );
  });

  const four = (policy: string, hoursAgo?: number): string =>
    reasonFor({
      policy,
      ...{ web: { replicas: 4 }, on: ["r1", "r1", "r1", "r1"] },
      parts: () => ({
        state: {
          ...emptyState,
          ...(hoursAgo !== undefined && { availability: before({ losses: [lost(hoursAgo)] }) }),
        },
      }),
    });
  const goal = "namespaces: { demo: { availability: 0.9999 } }";

  it("splits what goes to spot, and bears more risk for what may be lost", () => {
    assert.equal(four(goal), "moves: Idle");
    // 1.33 % within an hour for all of it, twice that for a half.
    assert.deepEqual([four(goal, 36.7), four(goal, 36.5)], ["moves: Idle", "AvailabilityAtStake"]);
    assert.equal(four(goal.replace("0.9999", "0.9999, regularFloor: 3")), "FloorOnRegular");
  });
});

describe("whether a goal still allows spot", () => {
  const web = (hoursAgo: number, spent: number, more: Case = {}): string =>
    reasonFor({
      ...more,
      parts: (web) => ({
        state: {
          ...emptyState,
          availability: before({ losses: [lost(hoursAgo)], spent: { standard: spent } }),
        },
        ...(more.on && { pods: buildPods(web, more.on) }),
        nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
      }),
    });

  it("hangs on the risk that it bears: 13.3 % within the hour where it is 99.9 %", () => {
    assert.deepEqual([web(6.52, 0), web(6.51, 0)], ["moves: Idle", "AvailabilityAtStake"]);
    // Of 10.08 pod-minutes a week; spent twice over it bears half.
    assert.deepEqual([web(6.52, 10.08), web(6.52, 10.1)], ["moves: Idle", "AvailabilityAtStake"]);
    assert.deepEqual([web(14.04, 20.16), web(14.03, 20.16)], ["moves: Idle", "AvailabilityAtStake"]);
  });

  it("brings back what is there once more than twice as much is spent, and more is likely", () => {
    assert.deepEqual([web(1, 20.16, onSpot), web(1, 20.2, onSpot)], ["StaysOnSpot", "moves: AvailabilityAtStake"]); // prettier-ignore
    assert.equal(web(20, 20.2, onSpot), "StaysOnSpot");
    assert.notEqual(web(1, 20.2, { ...onSpot, on: ["r1"] }), "moves: AvailabilityAtStake");
  });
});
