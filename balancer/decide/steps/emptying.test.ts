import assert from "node:assert/strict";
import { decide } from "../../decide.ts";
import type { PoolHealth, Workload } from "../../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  noon,
  withCpu,
} from "../../testing/builders.ts";

/** Neither idle nor busy: such work moves only where a node can be saved. */
const moderate = 0.2;
const busy = 0.6;
const spotNodes = [buildNode("spot", "s1"), buildNode("spot", "s2")];

/** As the cluster autoscaler says of the regular pool that it keeps at least one node. */
const mayShrink: PoolHealth = {
  pool: "aks-regular-12345678-vmss",
  health: "Healthy",
  backoff: false,
  minSize: 1,
};

function movesOf(
  workloads: [Workload, on: string[], cpu?: number][],
  policy?: string,
  poolHealth = [mayShrink],
): string[] {
  const plan = decide(
    buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), ...spotNodes],
      poolHealth,
      workloads: workloads.map(([workload]) => workload),
      pods: workloads.flatMap(([workload, on, cpu = moderate]) => withCpu(buildPods(workload, on), cpu)),
    }),
    buildPolicy(policy),
    noon,
  );
  return plan.moves.map(
    ({ workload, reason, evidence }) => `${workload.name} ${reason} ${evidence["node"] ?? ""}`,
  );
}

import { type Running, planFor, running } from "../../testing/deciding.ts";

describe("emptying regular nodes", () => {
  const big = buildWorkload("big", { template: { requests: { cpu: 500, memory: 1000 } } });
  const [a, b, c] = [buildWorkload("a"), buildWorkload("b"), buildWorkload("c")];

  it("moves all that keeps the emptiest node from being empty, and leaves one node", () => {
    const moves = movesOf([
      [big, ["r1"]],
      [a, ["r2"]],
      [b, ["r2"]],
    ]);
    assert.deepEqual(moves, ["a EmptyingNode r2", "b EmptyingNode r2"]);
  });

  it("moves nothing while busy work on spot would take the room, now or once it has rested", () => {
    const back = buildWorkload("back", {
      placement: "spot",
      template: { requests: { cpu: 1500, memory: 1000 } },
    });
    const resting = {
      ...back,
      memory: {
        ...{ lastMovedAt: noon - 60_000, lastMove: "ToSpot" as const, lastReason: "Idle" as const },
        ...{ recentMoves: [], failedReturns: 0 },
      },
    };
    const beside = (each: Workload, cpu: number) =>
      movesOf([
        [buildWorkload("big", { template: { requests: { cpu: 1000, memory: 1000 } } }), ["r1"], busy],
        [buildWorkload("mid", { template: { requests: { cpu: 700, memory: 1000 } } }), ["r2"]],
        [each, ["s1"], cpu],
      ]);
    assert.deepEqual(beside(back, busy), []);
    assert.deepEqual(beside(resting, busy), []);
    assert.deepEqual(beside(back, moderate), ["mid EmptyingNode r2"]);
  });

  it("moves nothing where one workload would stay: no node less, no move", () => {
    const critical = buildWorkload("c", { labels: { "spot-balancer/tier": "critical" } });
    const wide = {
      ...critical,
      replicas: 2,
      status: { ...critical.status, replicas: 2, updated: 2, available: 2 },
    };
    const moves = movesOf([
      [a, ["r2"]],
      [wide, ["r1", "r2"]],
    ]);
    assert.deepEqual(moves, []);
  });

  it("takes back a group of which one finds no room", () => {
    const stuck = buildWorkload("c", { template: { nodeSelector: { "kubernetes.io/hostname": "r2" } } });
    const moves = movesOf([
      [big, ["r1"], busy],
      [a, ["r2"]],
      [stuck, ["r2"]],
    ]);
    assert.deepEqual(moves, []);
  });

  it("gives the room of a group that was taken back to the next one", () => {
    // The spot node has room for either of the large ones, not for both; r2 is the emptier node, so it is tried first.
    const large = (name: string, cpu: number) =>
      buildWorkload(name, { template: { requests: { cpu, memory: 1000 } } });
    const [first, second] = [large("a", 1500), large("b", 1700)];
    const stuck = buildWorkload("stuck", { template: { nodeSelector: { "kubernetes.io/hostname": "r2" } } });
    const plan = (policy: string) =>
      decide(
        buildSnapshot({
          nodes: [...["r1", "r2", "r3"].map((name) => buildNode("regular", name)), spotNodes[0]!],
          poolHealth: [mayShrink],
          workloads: [first, stuck, second, big],
          pods: [
            ...withCpu(buildPods(first, ["r2"]), moderate),
            ...withCpu(buildPods(stuck, ["r2"]), moderate),
            ...withCpu(buildPods(second, ["r3"]), moderate),
            ...withCpu(buildPods(big, ["r1"]), busy),
          ],
        }),
        buildPolicy(policy),
        noon,
      );
    const emptying = "emptying: { maxRequestedUtilization: 1 }";
    const { moves } = plan(`{ namespaces: { demo: { order: 0 } }, ${emptying} }`);
    assert.deepEqual(
      moves.map(({ workload }) => workload.name),
      ["b"],
    );
  });

  it("moves nothing where no node can go: the pool is at its minimum, or the autoscaler says nothing of it", () => {
    const cluster: Parameters<typeof movesOf>[0] = [
      [big, ["r1"]],
      [a, ["r2"]],
    ];
    assert.deepEqual(movesOf(cluster), ["a EmptyingNode r2"]);
    for (const poolHealth of [
      [],
      [{ ...mayShrink, minSize: 2 }],
      [{ ...mayShrink, minSize: undefined }],
      [{ ...mayShrink, pool: "aks-regular2-12345678-vmss" }],
    ])
      assert.deepEqual(movesOf(cluster, undefined, poolHealth), []);
  });

  it("moves nothing where a node is empty already, and no second one can go", () => {
    assert.deepEqual(movesOf([[a, ["r2"]]]), []);
    const empty = [buildNode("regular", "r3"), ...spotNodes];
    const plan = decide(
      buildSnapshot({
        nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), ...empty],
        poolHealth: [{ ...mayShrink, minSize: 2 }],
        workloads: [big, a],
        pods: [...withCpu(buildPods(big, ["r1"]), busy), ...withCpu(buildPods(a, ["r2"]), moderate)],
      }),
      buildPolicy(),
      noon,
    );
    assert.deepEqual(plan.moves, []);
  });

  it("counts nodes that other moves empty, and leaves one node, of whatever pool", () => {
    const three = ["r1", "r2", "r3"].map((name) => buildNode("regular", name));
    const of = (list: Running[], minSize: number, nodes = three) =>
      planFor({ nodes: [...nodes, ...spotNodes], poolHealth: [{ ...mayShrink, minSize }], ...running(...list) })
        .moves.map(({ workload, reason }) => `${workload.name} ${reason}`); // prettier-ignore
    // What is idle leaves r3 by itself, and that is the one node that may go.
    const list: Running[] = [
      [big, ["r1"], busy],
      [a, ["r2"], moderate],
      [b, ["r3"], 0.02],
    ];
    assert.deepEqual(of(list, 2), ["b Idle"]);
    assert.deepEqual(of(list, 1), ["b Idle", "a EmptyingNode"]);
    const second = { labels: { "kubernetes.azure.com/agentpool": "regular2" } };
    const twoPools = [buildNode("regular", "r1"), buildNode("regular", "q1", second)];
    const health = [
      { ...mayShrink, minSize: 0 },
      { ...mayShrink, pool: "regular2", minSize: 0 },
    ];
    const { moves } = planFor({
      ...{ nodes: [...twoPools, ...spotNodes], poolHealth: health },
      ...running([a, ["r1"], moderate], [c, ["q1"], moderate]),
    });
    assert.equal(moves.length, 1, "the last regular node stays: there has to be one to come back to");
  });

  it("does not empty a second node while the pods of the first are still on their way, and no second one can go", () => {
    const moved = (state: "under way" | "there", minutesAgo: number) => {
      const lastMovedAt = noon - minutesAgo * 60_000;
      return buildWorkload("a", {
        placement: "spot",
        memory: { lastMovedAt, lastMove: "ToSpot", lastReason: "EmptyingNode", recentMoves: [lastMovedAt], failedReturns: 0 }, // prettier-ignore
        status: state === "there" ? {} : { updated: 1, replicas: 2, available: 1 },
      });
    };
    const after = (a: Workload) =>
      movesOf([
        [a, ["r1"]],
        [b, ["r2"]],
      ]);
    assert.deepEqual(after(moved("under way", 1)), []);
    // What does not arrive in good time keeps its node, and another one may be emptied instead.
    assert.deepEqual(after(moved("there", 1)), ["b EmptyingNode r2"]);
    assert.deepEqual(after(moved("under way", 11)), ["a MoveStuck ", "b EmptyingNode r2"]);
  });

  it("does not move what is busy, for it would come back", () => {
    const moves = movesOf([
      [big, ["r1"], busy],
      [a, ["r2"], busy],
    ]);
    assert.deepEqual(moves, []);
  });

  it("counts on what goes to spot anyway", () => {
    const moves = movesOf([
      [big, ["r1"], busy],
      [a, ["r2"], 0.02],
      [c, ["r2"]],
    ]);
    assert.deepEqual(moves, ["a Idle ", "c EmptyingNode r2"]);
  });

  it("stays within the budget of moves as a group", () => {
    const policy = "{ namespaces: { demo: }, budgets: { maxMovesPerRound: 1 } }";
    const cluster: Parameters<typeof movesOf>[0] = [
      [big, ["r1"], busy],
      [a, ["r2"]],
      [b, ["r2"]],
    ];
    assert.deepEqual(movesOf(cluster, policy), []);
    assert.deepEqual(movesOf(cluster, "{ namespaces: { demo: }, emptying: { enabled: false } }"), []);
  });
});
