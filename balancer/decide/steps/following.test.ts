import assert from "node:assert/strict";
import { decide } from "../../decide.ts";
import { type Pod, emptyState, workloadKey } from "../../model.ts";
import { buildNode, buildPods, buildPolicy, buildWorkload, minute, noon, withCpu } from "../../testing/builders.ts"; // prettier-ignore
import { planFor, running } from "../../testing/deciding.ts";
import { movedTo } from "../../testing/refusals/case.ts";
import { SimCluster } from "../../testing/simCluster.ts";

const replicaSet = (replicas: number) =>
  buildWorkload("old-api", { kind: "ReplicaSet", replicas, update: { type: "OnDelete", maxSurge: 0 } });

function clusterWith(replicas: number): { cluster: SimCluster; key: string } {
  const cluster = new SimCluster(buildPolicy(), noon);
  for (const name of ["r1", "r2"]) cluster.nodes.set(name, buildNode("regular", name));
  for (const name of ["s1", "s2"]) cluster.nodes.set(name, buildNode("spot", name));
  const workload = replicaSet(replicas);
  const key = workloadKey(workload);
  cluster.addWorkload(workload, { cpu: replicas, memory: 1000 });
  for (let i = 0; i < replicas; i++) cluster.addPod(key, "r1", noon - 600 * minute);
  cluster.step(minute);
  return { cluster, key };
}

function round(cluster: SimCluster, crashAfter?: number): string[] {
  const plan = decide(cluster.snapshot(), cluster.policy, cluster.now);
  cluster.carryOut(plan, crashAfter);
  cluster.step(minute);
  return plan.moves.length > 0
    ? plan.moves.map(({ reason, evictions }) => `${reason} ${evictions.length}`)
    : plan.refusals.map(({ reason }) => reason);
}

describe("ownerless ReplicaSets", () => {
  it("move by a template change and one eviction a round, and come back the same way", () => {
    const { cluster, key } = clusterWith(3);
    assert.deepEqual(round(cluster), ["Idle 1"]);
    assert.equal(cluster.runningOn(key, "spot"), 1);
    assert.deepEqual(round(cluster), ["Following 1"]);
    assert.deepEqual(round(cluster), ["Following 1"]);
    assert.equal(cluster.runningOn(key, "spot"), 3);
    assert.deepEqual(round(cluster), ["StaysOnSpot"]);

    cluster.workloads.get(key)!.load = { cpu: 200, memory: 1000 };
    cluster.step(40 * minute);
    assert.deepEqual(round(cluster), ["Busy 1"]);
    assert.deepEqual(round(cluster), ["Following 1"]);
    assert.deepEqual(round(cluster), ["Following 1"]);
    assert.equal(cluster.runningOn(key, "regular"), 3);
  });

  it("rest, longer each time, where none of their evictions is done (Azure/AKS#4720, kubereboot/kured#1269)", () => {
    const moved = buildWorkload("old-api", {
      ...replicaSet(3),
      placement: "spot",
      memory: movedTo("ToSpot", 60),
    });
    const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
    const pods = withCpu(buildPods(moved, ["r1", "r1", "r1"]), 0.02);
    const came = withCpu(buildPods(moved, ["s1"], { name: "new", createdAt: noon - 40 * minute }), 0.02);
    const said = (on: Pod[], ...minutesAgo: number[]) => {
      const evictions = minutesAgo.map((ago) => ({ workload: workloadKey(moved), at: noon - ago * minute }));
      const { moves, refusals } = planFor({ nodes, workloads: [moved], pods: on, state: { ...emptyState, evictions } }); // prettier-ignore
      return moves[0]?.reason ?? `${refusals[0]?.reason}: ${refusals[0]?.message}`;
    };
    assert.equal(said(pods, 1), "Following", "its successor may not be seen yet");
    assert.equal(said(pods, 2, 1), "MoveRefused: its move came to nothing, 2 in a row, next try in 4 min: its pods were not evicted"); // prettier-ignore
    assert.equal(said(pods, 9, 8), "Following");
    assert.match(said(pods, 9, 8, 7), /^MoveRefused: .* next try in 3 min/);
    assert.equal(said([...pods.slice(1), ...came], 41, 1), "Following", "one was done");
    assert.equal(said(pods, 90, 80, 70), "Following", "those of before its move");
    assert.equal(said(pods, 90, 89, 88, 87, 86, 85, 84), "Following", "however many they were");
  });

  it("wait for the replacement of the pod before, and for their disruption budget", () => {
    const { cluster, key } = clusterWith(3);
    const selector = [{ key: "app", operator: "In" as const, values: ["old-api"] }];
    cluster.budgets = [{ namespace: "demo", name: "all", selector, minAvailable: 3 }];
    assert.deepEqual(round(cluster), ["DisruptionBudget"]);
    cluster.budgets = [];
    assert.deepEqual(round(cluster), ["Idle 1"]);
    const [first] = cluster.podsOf(key);
    cluster.removePod(first!.pod);
    const { refusals } = decide(cluster.snapshot(), cluster.policy, cluster.now);
    assert.deepEqual(refusals.map(({ reason }) => reason), ["RolloutInProgress"]); // prettier-ignore
  });

  it("count where they stand until it is their turn: of three that are to follow, one makes room on regular", () => {
    const policy = (high: number) =>
      `{ namespaces: { demo: }, pressure: { regular: { highUtilization: ${high}, lowUtilization: 0.1 } } }`;
    const template = { requests: { cpu: 300, memory: 1000 } };
    const memory = {
      lastMovedAt: noon - 10 * minute,
      ...{ lastMove: "ToSpot" as const, lastReason: "Idle" as const, recentMoves: [], failedReturns: 0 },
    };
    const old = { ...replicaSet(3), placement: "spot" as const, memory };
    old.template = { ...old.template, ...template };
    const critical = buildWorkload("pay", {
      placement: "spot",
      template,
      labels: { "spot-balancer/tier": "critical" },
    });
    // 600 of the old ones and 300 that come, of 2000.
    const moved = (high: number) =>
      planFor(
        {
          nodes: [buildNode("regular", "r1"), buildNode("spot", "s1"), buildNode("spot", "s2")],
          ...running([old, ["r1", "r1", "r1"]], [critical, ["s1"]]),
        },
        policy(high),
      ).moves.map(({ reason }) => reason);
    assert.deepEqual(moved(0.45), ["Following", "NoLongerAllowed"]);
    assert.deepEqual(moved(0.44), ["Following"]);
  });

  it("go on where a killed round stopped, and are not sent to and fro where spot has no room", () => {
    const { cluster, key } = clusterWith(2);
    const plan = decide(cluster.snapshot(), cluster.policy, cluster.now);
    cluster.carryOut({ ...plan, moves: plan.moves.map((move) => ({ ...move, evictions: [] })) });
    cluster.step(minute);
    assert.equal(cluster.runningOn(key, "spot"), 0);
    assert.deepEqual(round(cluster), ["Following 1"]);
    assert.equal(cluster.runningOn(key, "spot"), 1);
    for (const [name, node] of cluster.nodes)
      if (name.startsWith("s")) cluster.nodes.set(name, { ...node, cordoned: true });
    const reasons = Array.from({ length: 5 }, () => round(cluster).join());
    assert.equal(reasons.filter((reason) => reason.startsWith("Following")).length, 0, reasons.join());
  });

  it("leave pods alone that were made after the move, wherever the scheduler put them", () => {
    const { cluster, key } = clusterWith(3);
    for (const name of ["s1", "s2"]) {
      const node = cluster.nodes.get(name)!;
      cluster.nodes.set(name, { ...node, allocatable: { ...node.allocatable, pods: 3 } });
    }
    assert.deepEqual(round(cluster), ["Idle 1"]);
    // From here on spot takes no pod, so that what is evicted comes back on regular.
    for (const name of ["s1", "s2"]) {
      const node = cluster.nodes.get(name)!;
      cluster.nodes.set(name, { ...node, taints: [...node.taints, { key: "full", effect: "NoSchedule" }] });
    }
    for (const { pod } of cluster.podsOf(key)) if (pod.nodeName === "r1") cluster.removePod(pod);
    cluster.step(minute);
    const followed = Array.from({ length: 4 }, () => round(cluster).join());
    assert.deepEqual(followed.filter((each) => each.startsWith("Following")), [], followed.join("; ")); // prettier-ignore
  });

  const movedAt = noon - 10 * minute;
  const cases: [what: string, on: "spot" | "regular", changes: Partial<Pod>, says: string][] = [
    ["made before the move", "spot", { createdAt: movedAt - 1 }, "Following"],
    ["made after the move, though there is room on spot", "spot", { createdAt: movedAt }, "BackToSpot"],
    ["that came back, made before that", "regular", { createdAt: movedAt - 1 }, "Following"],
    ["that came back, made after that", "regular", { createdAt: movedAt }, "Cooldown"],
    ["on their way out", "regular", { createdAt: movedAt - 1, deletingAt: noon }, "NoSamples"],
  ];
  for (const [what, placement, changes, says] of cases)
    it(`have pods ${what}: ${says}`, () => {
      const away = placement === "spot" ? "r1" : "s1";
      const memory = movedTo(placement === "spot" ? "ToSpot" : "ToRegular", 10);
      const web = buildWorkload("web", { kind: "ReplicaSet", replicas: 2, placement, memory });
      const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
      const pods = withCpu(buildPods(web, [away, away], changes), 0.02);
      const { moves, refusals } = planFor({ nodes, workloads: [web], pods });
      assert.equal([...moves, ...refusals][0]?.reason, says);
    });

  it("wait where the pools that they follow to get no nodes, and only there", () => {
    const web = buildWorkload("web", { kind: "ReplicaSet", replicas: 2, placement: "spot", memory: movedTo("ToSpot", 10) }); // prettier-ignore
    const said = (pool: string) => {
      const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
      const pods = withCpu(buildPods(web, ["r1", "r1"]), 0.02);
      const poolHealth = [{ pool, health: "Healthy" as const, backoff: true }];
      const { moves, refusals } = planFor({ nodes, workloads: [web], pods, poolHealth });
      return [...moves, ...refusals][0]?.reason;
    };
    assert.deepEqual([said("spot"), said("regular")], ["PoolInBackoff", "Following"]);
  });

  it("stay with a single replica: an eviction would be a gap", () => {
    assert.deepEqual(round(clusterWith(1).cluster), ["NoSurge"]);
  });
});
