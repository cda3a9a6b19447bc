import assert from "node:assert/strict";
import type { AvailabilityState, Snapshot } from "../../model.ts";
import { buildNode, buildPolicy, buildSnapshot, minute, noon } from "../../testing/builders.ts";
import { buildWorld } from "../world.ts";

const spot = (names: string[]) => names.map((name) => buildNode("spot", name));
const health: Snapshot["poolHealth"] = [{ pool: "spot", health: "Healthy", backoff: false, minSize: 2 }];

/** Rounds a few minutes apart, each with these spot nodes. @returns what is remembered after the last one */
function rounds(nodes: string[][], every = 5, inUse: string[] = []): AvailabilityState {
  let state: AvailabilityState | undefined;
  nodes.forEach((names, i) => {
    const now = noon + i * every * minute;
    const snapshot = buildSnapshot({ nodes: spot(names), poolHealth: health });
    const spotNodesByPool: Record<string, string[]> = i === 1 ? { spot: inUse } : {};
    const before = { ...snapshot.state, spotNodesByPool, availability: state };
    state = buildWorld({ ...snapshot, state: before }, buildPolicy(), now).availability.state;
  });
  return state!;
}
const told = ({ losses }: AvailabilityState) =>
  losses.map(({ at, share }) => `${(at - noon) / minute} min: ${share}`);

describe("losses of spot", () => {
  it("last until there is a spot node again", () => {
    assert.deepEqual(told(rounds([["a", "b"], [], [], [], ["c"]], 5, ["a", "b"])), ["15 min: 1"]);
  });

  it("count what is missing of the autoscaler's minimum, though nothing of ours was there", () => {
    assert.deepEqual(told(rounds([["a", "b"], ["a"], ["a"]])), ["5 min: 0.5"]);
    assert.deepEqual(told(rounds([["a", "b"], []])), ["5 min: 1"]);
  });

  it("are none where the autoscaler removes what is above its minimum, or nothing was there before", () => {
    assert.deepEqual(
      told(
        rounds([
          ["a", "b", "c"],
          ["a", "b"],
        ]),
      ),
      [],
    );
    assert.deepEqual(told(rounds([[], ["a"], ["a", "b"], ["a", "b"]])), []);
  });

  it("within minutes are one, later ones another", () => {
    assert.deepEqual(told(rounds([["a", "b"], ["a"], []], 2)), ["4 min: 1"]);
    assert.deepEqual(told(rounds([["a", "b"], ["a"], ["a", "b"], ["b"]], 5)), ["5 min: 0.5", "15 min: 0.5"]);
  });
});
