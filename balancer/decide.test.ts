import assert from "node:assert/strict";
import { decide } from "./decide.ts";
import { type Snapshot, type Workload, emptyState } from "./model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
  withCpu,
} from "./testing/builders.ts";
import { planFor, running } from "./testing/deciding.ts";

const nodes = [
  buildNode("regular", "r1"),
  buildNode("regular", "r2"),
  buildNode("spot", "s1"),
  buildNode("spot", "s2"),
];

function clusterWith(workload: Workload, on: string[], cpu = 0.02, parts: Partial<Snapshot> = {}): Snapshot {
  const pods = withCpu(buildPods(workload, on), cpu);
  return buildSnapshot({ nodes, workloads: [workload], pods, ...parts });
}

const summary = (snapshot: Snapshot, now = noon) => {
  const plan = decide(snapshot, buildPolicy(), now);
  return [
    ...plan.moves.map(({ kind, reason, workload }) => `${workload.name} ${kind} ${reason}`),
    ...plan.refusals.map(({ reason, workload }) => `${workload.name} stays: ${reason}`),
  ];
};

const cameAt = (at: number) => ({
  memory: {
    lastMovedAt: at,
    lastMove: "ToSpot" as const,
    lastReason: "Idle" as const,
    recentMoves: [],
    failedReturns: 0,
  },
});

describe("a workload's way", () => {
  it("is the same with two autoscalers of one workload, in whatever order they come", () => {
    const scaler = (name: string, desiredReplicas: number) => ({
      ...{ namespace: "demo", name, target: { kind: "Deployment", name: "web" }, desiredReplicas },
      ...{ minReplicas: 1, maxReplicas: 5, currentReplicas: 1 },
    });
    const both = [scaler("a", 1), scaler("b", 3)];
    const said = (autoscalers: Snapshot["autoscalers"]) =>
      summary(clusterWith(buildWorkload("web"), ["r1"], 0.02, { autoscalers }));
    assert.deepEqual(said(both), ["web stays: AutoscalerInMotion"]);
    assert.deepEqual(said(both.toReversed()), said(both));
  });

  it("says what scratch space it found none of", () => {
    const requests = { cpu: 100, memory: 1000, storage: 50 * 2 ** 30 };
    const { refusals } = planFor({
      nodes,
      ...running([buildWorkload("web", { template: { requests } }), ["r1"]]),
    });
    assert.match(refusals[0]!.message, /^0 of 1 pods .*; each requests 50\.0 GiB of ephemeral storage$/);
  });

  const onRegular = buildWorkload("web");
  const onSpot = buildWorkload("web", { placement: "spot", ...cameAt(noon - 300 * minute) });

  it("goes to spot when idle", () => {
    assert.deepEqual(summary(clusterWith(onRegular, ["r1"])), ["web ToSpot Idle"]);
  });

  it("stays on regular when busy", () => {
    assert.deepEqual(summary(clusterWith(onRegular, ["r1"], 0.6)), ["web stays: NotIdle"]);
  });

  it("stays where it is between the thresholds", () => {
    assert.deepEqual(summary(clusterWith(onRegular, ["r1"], 0.2)), ["web stays: NotIdle"]);
    assert.deepEqual(summary(clusterWith(onSpot, ["s1"], 0.2)), ["web stays: StaysOnSpot"]);
  });

  it("comes back when busy", () => {
    assert.deepEqual(summary(clusterWith(onSpot, ["s1"], 0.6)), ["web ToRegular Busy"]);
  });

  it("what is busy comes back by pods that started at once only where a move of ours has started them", () => {
    const policy = "{ namespaces: { demo: }, cooldown: { minutes: 1 } }";
    const decided = (movedMinutesAgo: number, ageMinutes: number) => {
      const web = buildWorkload("web", { placement: "spot", ...cameAt(noon - movedMinutesAgo * minute) });
      const pods = withCpu(buildPods(web, ["s1"], { createdAt: noon - ageMinutes * minute }), 0.6);
      const { moves, refusals } = planFor({ nodes, workloads: [web], pods }, policy);
      return moves[0]?.reason ?? refusals[0]?.reason;
    };
    const cases = [[9.9, 4], [10, 4], [10, 5], [600, 4.9], [600, 5]] as const; // prettier-ignore
    assert.deepEqual(
      cases.map(([moved, age]) => decided(moved, age)),
      ["Busy", "StaysOnSpot", "Busy", "StaysOnSpot", "Busy"],
    );
  });

  it("is not planned into the room that the rollout of an earlier move still needs", () => {
    const size = { requests: { cpu: 1200, memory: 1000 } };
    const arriving = buildWorkload("first", {
      placement: "spot",
      template: size,
      status: { generation: 2, observedGeneration: 2, updated: 0 },
      ...cameAt(noon - minute),
    });
    const next = buildWorkload("next", { template: size });
    const wide = [nodes[0]!, nodes[1]!, buildNode("spot", "s1"), buildNode("spot", "s2", { cordoned: true })];
    const pods = [...withCpu(buildPods(arriving, ["r1"]), 0.02), ...withCpu(buildPods(next, ["r2"]), 0.02)];
    const policy = "{ namespaces: { demo: }, pools: { spot: { toleratedLossShare: 0.5 } } }";
    const plan = decide(
      buildSnapshot({ nodes: wide, workloads: [arriving, next], pods }),
      buildPolicy(policy),
      noon,
    );
    assert.deepEqual(plan.refusals.map(({ workload, reason }) => `${workload.name}: ${reason}`).sort(), [
      "first: RolloutInProgress",
      "next: AboveWaterMark",
    ]);
  });

  it("gets another chance on spot when its pods are elsewhere, after ever longer rests where it did not stay", () => {
    // Its pods came away from spot so long after the move.
    const stranded = (minutesAgo: number, failedReturns = 0, stayed = 1) => {
      const lastMovedAt = noon - minutesAgo * minute;
      const workload = { ...onSpot, memory: { ...onSpot.memory!, lastMovedAt, failedReturns } };
      const pods = buildPods(workload, ["r1"], { createdAt: lastMovedAt + stayed * minute });
      return clusterWith(workload, ["r1"], 0.02, { pods: withCpu(pods, 0.02) });
    };
    const [move] = decide(stranded(10), buildPolicy(), noon).moves;
    assert.deepEqual([move?.kind, move?.reason, move?.renews], ["ToSpot", "BackToSpot", true]);
    assert.equal(move?.memory?.failedReturns, 1);
    const failed = (stayed: number) =>
      decide(stranded(120, 3, stayed), buildPolicy(), noon).moves[0]?.memory?.failedReturns;
    assert.deepEqual([failed(59), failed(60)], [4, 0], "it left within twice the cool-down, or later");
    assert.deepEqual(summary(stranded(9, 1)), ["web stays: NotOnSpot"]);
    assert.deepEqual(summary(stranded(10, 1)), ["web ToSpot BackToSpot"]);
  });

  it("goes to a spot node that the autoscaler would remove for being of little use", () => {
    const taint = { key: "DeletionCandidateOfClusterAutoscaler", effect: "PreferNoSchedule" } as const;
    const spot = buildNode("spot", "s1");
    const nodes = [buildNode("regular", "r1"), { ...spot, taints: [...spot.taints, taint] }];
    assert.equal(planFor({ nodes, ...running([buildWorkload("web"), ["r1"]]) }).moves[0]?.reason, "Idle");
  });

  it("leaves spot when its node is condemned, whatever else is in doubt", () => {
    const condemned = buildNode("spot", "s1", { conditions: ["VMEventScheduled"] });
    const workload = { ...onSpot, memory: { ...onSpot.memory!, lastMovedAt: noon - minute } };
    const parts = { nodes: [...nodes.slice(0, 2), condemned], usageProblem: "Prometheus does not answer" };
    assert.deepEqual(summary(clusterWith(workload, ["s1"], 0, parts)), ["web ToRegular SpotNodeLost"]);
  });

  it("keeps its placement when its node is gone, and returns when the loss is far enough in the past", () => {
    const state = { ...emptyState, spotNodesByPool: { spot: ["s1"] } };
    const lost = clusterWith(onSpot, ["r1"], 0.02, {
      nodes: nodes.filter(({ name }) => name !== "s1"),
      state,
    });
    const plan = decide(lost, buildPolicy(), noon);
    assert.deepEqual(plan.moves, []);
    assert.deepEqual(plan.state.spotLosses, [{ node: "s1", pool: "spot", at: noon }]);
    assert.deepEqual(plan.state.availability?.losses, [{ at: noon, share: 1 }]);

    const later = (minutes: number) => {
      const pods = withCpu(buildPods(onSpot, ["r1"]), 0.02).map((pod) => ({
        ...pod,
        usage: { ...pod.usage!, sampledAt: noon + minutes * minute },
      }));
      const snapshot = buildSnapshot({ nodes, workloads: [onSpot], pods, state: plan.state });
      return summary(snapshot, noon + minutes * minute);
    };
    assert.deepEqual(later(5), ["web stays: NotOnSpot"]);
    assert.deepEqual(later(25), ["web stays: AvailabilityAtStake"]);
    assert.deepEqual(later(13 * 60), ["web ToSpot BackToSpot"]);
  });

  it("counts a loss before the round after its move", () => {
    // The round that moves it there knows no spot node in use yet.
    const { state } = decide(clusterWith(onRegular, ["r1"]), buildPolicy(), noon);
    const moved = buildWorkload("web", { placement: "spot", ...cameAt(noon) });
    const left = nodes.filter(({ name }) => name !== "s1");
    const after = decide(
      clusterWith(moved, ["r1"], 0.02, { nodes: left, state }),
      buildPolicy(),
      noon + minute,
    );
    assert.deepEqual(after.state.availability?.losses, [{ at: noon + minute, share: 0.5 }]);
  });
});

describe("replicas that must be spread", () => {
  it("find room on nodes that had to wait for the others to catch up", () => {
    const topologyKey = "kubernetes.io/hostname";
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const spotOnly = [
      { key: "kubernetes.azure.com/scalesetpriority", operator: "In" as const, values: ["spot"] },
    ];
    const web = buildWorkload("web", {
      replicas: 4,
      template: { topologySpread: [{ topologyKey, maxSkew: 1, selector }], nodeAffinity: [spotOnly] },
    });
    const large = buildNode("spot", "s2", { allocatable: { cpu: 16_000, memory: 2 ** 36, pods: 30 } });
    const cluster = clusterWith(web, ["r1", "r1", "r1", "r1"], 0.02, {
      nodes: [nodes[0]!, nodes[2]!, large],
    });
    const [move] = decide(cluster, buildPolicy(), noon).moves;
    assert.deepEqual(move?.nodes.toSorted(), ["s1", "s1", "s2", "s2"]);
  });
});

describe("workloads that share something", () => {
  const team = [{ key: "team", operator: "In" as const, values: ["x"] }];
  const twins = (template: Partial<Workload["template"]>, maxUnavailable = 0) =>
    ["a", "b"].map((name) => {
      const labels = { app: name, team: "x" };
      return buildWorkload(name, {
        replicas: 2,
        update: { maxUnavailable },
        template: { labels, ...template },
      });
    });
  const decided = (workloads: Workload[], parts: Partial<Snapshot>) => {
    const pods = workloads.flatMap((workload) => withCpu(buildPods(workload, ["r1", "r2"]), 0.02));
    return summary(buildSnapshot({ nodes, workloads, pods, ...parts }));
  };

  it("do not use up the same disruption budget twice", () => {
    const budget = { namespace: "demo", name: "x", selector: team, disruptionsAllowed: 1 };
    const disruptionBudgets = [{ ...budget, currentHealthy: 4, desiredHealthy: 3 }];
    const decisions = decided(twins({}, 1), { disruptionBudgets });
    assert.deepEqual(decisions, ["a ToSpot Idle", "b stays: DisruptionBudget"]);
  });

  it("do not meet on nodes where one of them refuses the other", () => {
    const podAntiAffinity = [{ topologyKey: "kubernetes.io/hostname", selector: team, namespaces: [] }];
    assert.deepEqual(decided(twins({ podAntiAffinity }), {}), ["a ToSpot Idle", "b stays: AntiAffinity"]);
    // One that refuses is enough, whether it is planned first or last.
    const refusing = (each: Workload, app: string) => {
      const selector = [{ key: "app", operator: "In" as const, values: [app] }];
      const term = { topologyKey: "kubernetes.io/hostname", selector, namespaces: [] };
      return { ...each, template: { ...each.template, podAntiAffinity: [term] } };
    };
    const [a, b] = twins({});
    for (const pair of [
      [refusing(a!, "b"), b!],
      [a!, refusing(b!, "a")],
    ])
      // prettier-ignore
      assert.deepEqual(decided(pair, {}), ["a ToSpot Idle", "b stays: AntiAffinity"]);
  });

  it("of a StatefulSet may have a volume each that is attached to one node only: a pod lets go of it first", () => {
    const volumes = { emptyDir: false, local: false, zones: [], exclusive: true };
    const db = buildWorkload("db", { kind: "StatefulSet", replicas: 2, template: { volumes } });
    const snapshot = buildSnapshot({
      nodes,
      workloads: [db],
      pods: withCpu(buildPods(db, ["r1", "r2"]), 0.02),
    });
    const { moves } = decide(
      snapshot,
      buildPolicy("{ namespaces: { demo: }, statefulSets: { enabled: true } }"),
      noon,
    );
    assert.deepEqual(moves.map(({ reason }) => reason), ["Idle"]); // prettier-ignore
  });
});
