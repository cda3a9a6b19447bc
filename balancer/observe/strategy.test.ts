import assert from "node:assert/strict";
import { deploymentUpdate, inPods, statefulSetUpdate } from "./strategy.ts";

describe("how many pods a rollout takes at once", () => {
  const cases: [what: string, rolling: Parameters<typeof deploymentUpdate>[1], replicas: number, surge: number, down: number][] = [
    ["a quarter where nobody says so, surge rounded up", undefined, 5, 2, 1],
    ["of one, a new one first", undefined, 1, 1, 0],
    ["numbers as they are", { maxSurge: 3, maxUnavailable: 2 }, 10, 3, 2],
    ["the same numbers as they are", { maxSurge: 2, maxUnavailable: 2 }, 10, 2, 2],
    ["parts, rounded each its way", { maxSurge: "10%", maxUnavailable: "10%" }, 15, 2, 1],
    ["one, where neither is possible", { maxSurge: 0, maxUnavailable: 0 }, 4, 0, 1],
    ["one, where so little rounds to none", { maxSurge: 0, maxUnavailable: "5%" }, 4, 0, 1],
    ["all of them, if told so", { maxSurge: 0, maxUnavailable: "100%" }, 4, 0, 4],
  ]; // prettier-ignore
  for (const [what, rolling, replicas, maxSurge, maxUnavailable] of cases)
    it(`of a Deployment is ${what}`, () => {
      const update = deploymentUpdate("RollingUpdate", rolling, replicas);
      assert.deepEqual(update, { type: "RollingUpdate", maxSurge, maxUnavailable });
    });

  it("of a Deployment that is recreated is all of them", () => {
    assert.deepEqual(deploymentUpdate("Recreate", undefined, 4), { type: "Recreate", maxSurge: 0, maxUnavailable: 4 }); // prettier-ignore
  });

  it("of a StatefulSet is one, or so many as it says, rounded down", () => {
    const down = (most?: number | string) => statefulSetUpdate("RollingUpdate", most, 10).maxUnavailable;
    assert.deepEqual([down(), down(3), down("25%"), down("5%"), down(0)], [1, 3, 2, 1, 1]);
    assert.deepEqual(statefulSetUpdate("OnDelete", 2, 10), { type: "OnDelete", maxSurge: 0, maxUnavailable: 2 }); // prettier-ignore
    assert.equal(statefulSetUpdate(undefined, 1, 1).type, "RollingUpdate");
  });

  it("is no number below zero, and no word", () => {
    for (const odd of [-1, "many", "-5%", Number.NaN])
      assert.throws(() => inPods(odd, 4, Math.floor), /expected a number or a percentage of pods/);
    assert.equal(inPods(0, 4, Math.floor), 0);
  });
});
