import assert from "node:assert/strict";
import { buildNode, buildPolicy, buildWorkload } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import type { Workload, WorkloadMemory } from "../model.ts";
import { score } from "./score.ts";

const gibibyte = 2 ** 30;
const sized = (cpu: number, memory = 0, more: Partial<Workload> = {}, name = "web") =>
  buildWorkload(name, { replicas: 2, template: { requests: { cpu, memory } }, ...more });
const cameBack = (failedReturns: number) => ({ memory: { failedReturns } as WorkloadMemory });

describe("what a move to spot is worth an hour", () => {
  // A CPU is saved 0.04 an hour; the restart of a pod is worth 0.24, so 0.01 an hour over a day.
  const policy = buildPolicy(
    "{ costs: { regularPerCpuHour: 0.05, spotPerCpuHour: 0.01 }, score: { restartCost: 0.24 } }",
  );
  const cases: [what: string, Workload, onSpot: number, expected: number][] = [
    ["what its CPUs cost less there, but for one restart of each pod", sized(1000), 2, 0.06],
    ["those that go there are what saves, all are restarted", sized(1000), 1, 0.02],
    ["memory counts as the CPU that it comes with, where it is more", sized(1000, 8 * gibibyte), 2, 0.14],
    ["and does not where it is less", sized(1000, 3.9 * gibibyte), 2, 0.06],
    ["what came back before is restarted once more for each time", sized(2000, 0, cameBack(2)), 2, 0.1],
    ["never below nothing", sized(100), 2, 0],
  ]; // prettier-ignore
  for (const [what, workload, onSpot, expected] of cases)
    it(what, () => {
      assert.ok(Math.abs(score(workload, onSpot, policy) - expected) < 1e-12);
    });
});

describe("what goes to spot for what it saves", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1"), buildNode("spot", "s2")];
  const planned = (policy: string, ...workloads: Workload[]) =>
    planFor(
      { nodes, ...running(...workloads.map((one) => [one, ["r1", "r1"]] as [Workload, string[]])) },
      policy,
    );

  it("is what saves just as much as policy wants, and no less", () => {
    const costs =
      "costs: { regularPerCpuHour: 0.75, spotPerCpuHour: 0.25 }, score: { restartCost: 0, threshold:";
    const { moves } = planned(`{ namespaces: { demo: }, ${costs} 0.25 } }`, sized(250));
    assert.deepEqual(moves.map(({ score: worth }) => worth), [0.25]); // prettier-ignore
    const [refusal] = planned(`{ namespaces: { demo: }, ${costs} 0.26 } }`, sized(250)).refusals;
    assert.equal(refusal?.reason, "ScoreTooLow");
    assert.match(refusal.message, /^on spot it saves 0\.25 USD an hour, restarts counted in, below 0\.26$/);
  });

  it("is the one that saves most first, of what is equally important", () => {
    const first = (...workloads: Workload[]) =>
      planned("{ namespaces: { demo: }, budgets: { maxMovesPerRound: 1 } }", ...workloads).moves.map(
        ({ workload }) => workload.name,
      );
    const [small, large] = [sized(100, 0, {}, "a"), sized(300, 0, {}, "b")];
    assert.deepEqual(first(small, large), ["b"]);
    const low = sized(100, 0, { labels: { "spot-balancer/tier": "low" } }, "c");
    assert.deepEqual(first(small, large, low), ["c"]);
  });
});
