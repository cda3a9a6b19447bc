// Whom pressure moves where several would do, what the move says of itself, and what is no pressure of this side.
import assert from "node:assert/strict";
import type { MoveReason, PoolHealth } from "../../model.ts";
import { buildNode, buildPods, buildWorkload, gibibyte, minute, noon } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";

const policy = `{
  namespaces: { demo: , shop: { order: 1 } },
  pressure: { regular: { highUtilization: 0.5, lowUtilization: 0.4 }, spot: { highUtilization: 0.5, lowUtilization: 0.4 } },
}`;
const roomy = { allocatable: { cpu: 100_000, memory: 64 * gibibyte, pods: 100 } };
const regularFull = [buildNode("regular", "r1"), buildNode("spot", "s1", roomy)];
const spotFull = [buildNode("regular", "r1", roomy), buildNode("spot", "s1")];

type Size = [name: string, cpu: number, namespace?: string];
/** Neither idle nor busy. */
const moderate = 0.2;
const on = (node: string, ...sizes: Size[]): Running[] =>
  sizes.map(([name, cpu, namespace = "demo"]) => [
    buildWorkload(name, {
      ...{ namespace, template: { requests: { cpu, memory: 1000 } } },
      ...(node.startsWith("s") && { placement: "spot" as const }),
    }),
    [node],
    moderate,
  ]);
const plan = (parts: Parameters<typeof planFor>[0], ...list: Running[]) => {
  const { workloads, pods } = running(...list);
  return planFor({ ...parts, workloads: [...workloads, ...(parts.workloads ?? [])], pods: [...pods, ...(parts.pods ?? [])] }, policy).moves; // prettier-ignore
};
const names = (...args: Parameters<typeof plan>) => plan(...args).map(({ workload: { name } }) => name);

describe("the choice of whom pressure moves", () => {
  // 600 too much in each; of those that are asked 300 or 200 can be left out, not both.
  const cases: [what: string, node: string, sizes: Size[], expected: string[]][] = [
    ["the more important stays on regular", "r1", [["w1", 300], ["w2", 200, "shop"], ["w3", 400, "shop"]], ["w1", "w3"]],
    ["the less important stays on spot", "s1", [["w1", 300, "shop"], ["y", 200], ["x", 400]], ["w1", "x"]],
    ["among equals the smallest stays on regular", "r1", [["w1", 300], ["w2", 200], ["w3", 400]], ["w1", "w3"]],
    ["among equals the smallest stays on spot", "s1", [["w3", 300], ["w2", 200], ["w1", 400]], ["w3", "w1"]],
  ]; // prettier-ignore
  for (const [what, node, sizes, expected] of cases) {
    it(what, () => {
      const nodes = node === "r1" ? regularFull : spotFull;
      assert.deepEqual(names({ nodes }, ...on(node, ...sizes, ["filler", 500, "other"])), expected);
    });
  }

  it("says how full the side is, or who waits, and is of our wish", () => {
    const [relief] = plan({ nodes: regularFull }, ...on("r1", ["a", 600], ["b", 601]));
    assert.deepEqual([relief?.voluntary, relief?.message], [true, "regular nodes are at 60 %, above 50 %"]);
    assert.deepEqual(relief?.evidence, { utilization: 0.6005, highUtilization: 0.5, lowUtilization: 0.4, waiting: 0 }); // prettier-ignore
    const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };
    const batch = buildWorkload("batch", { namespace: "other", placement: "spot", template: { nodeSelector, requests: { cpu: 300, memory: 1 } } }); // prettier-ignore
    const queue = { workloads: [batch], pods: buildPods(batch, [undefined], { unschedulableSince: noon }) };
    const [room] = plan({ nodes: spotFull, ...queue }, ...on("s1", ["a", 300], ["b", 300]));
    assert.deepEqual(
      [room?.reason, room?.message, room?.evidence["waiting"]],
      ["SpotPressure", "1 pods that can only run on spot wait for room there", 1],
    );
    assert.deepEqual(names({ nodes: regularFull, ...queue }, ...on("r1", ["a", 500], ["b", 500])), [], "who waits for spot loads no regular node"); // prettier-ignore
  });

  it("books every move once: what spot has left after it is what others may have", () => {
    const with_ = (cpu: number): string[] =>
      names({ nodes: spotFull }, ...on("s1", ["z", 200], ["y", 700], ["x", 300, "other"]), [
        buildWorkload("idle", { template: { requests: { cpu, memory: 1 } } }),
        ["r1"],
        0.02,
      ]);
    assert.deepEqual(with_(500), ["y", "idle"]);
    assert.deepEqual(with_(501), ["y"]);
  });

  it("feels requests on spot unless one of its pools may grow; those of regular it always feels", () => {
    const second = buildNode("spot", "t1", { labels: { "kubernetes.azure.com/agentpool": "second" } });
    const health = (pool: string, maxSize: number): PoolHealth => ({ pool, health: "Healthy", backoff: false, maxSize }); // prettier-ignore
    const spot = (...poolHealth: PoolHealth[]) =>
      names({ nodes: [...spotFull, second], poolHealth }, ...on("s1", ["a", 600], ["b", 600]), ...on("t1", ["c", 1000, "other"])).length; // prettier-ignore
    assert.equal(spot(health("spot", 1), health("second", 1)), 1);
    assert.equal(spot(health("spot", 1), health("second", 2)), 0);
    assert.equal(spot(health("regular", 9), health("spot", 1), health("second", 1)), 1);
    const poolHealth = [health("spot", 9), health("regular", 9)];
    assert.equal(names({ nodes: regularFull, poolHealth }, ...on("r1", ["a", 600], ["b", 600])).length, 1);
  });

  it("waits for the average of usage, and for a rollout in good time, to the millisecond", () => {
    const after = (age: number, lastReason: MoveReason, updated: number) => {
      const lastMovedAt = noon - age;
      const first = buildWorkload("a", {
        ...{ placement: "spot", template: { requests: { cpu: 600, memory: 1000 } }, status: { updated } },
        memory: { ...{ lastMovedAt, lastReason, lastMove: "ToSpot" }, recentMoves: [], failedReturns: 0 },
      });
      return names({ nodes: regularFull }, [first, ["r1"], moderate], ...on("r1", ["b", 600])).includes("b");
    };
    assert.deepEqual([after(5 * minute - 1, "RegularPressure", 1), after(5 * minute, "RegularPressure", 1)], [false, true]); // prettier-ignore
    assert.deepEqual([after(10 * minute - 1, "RegularPressure", 0), after(10 * minute, "RegularPressure", 0)], [false, true]); // prettier-ignore
  });
});
