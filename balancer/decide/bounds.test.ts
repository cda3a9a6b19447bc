// Every limit of a decision, met exactly and passed by the least: on one side `web` moves, on the other it does not.
import assert from "node:assert/strict";
import { type Quota, type Snapshot, emptyState } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildUsage,
  buildWorkload,
  gibibyte,
  minute,
  noon,
} from "../testing/builders.ts";
import { type Case, movedTo, onSpot, reasonFor, regular, spot } from "../testing/refusals/case.ts";

const using = (usage: Parameters<typeof buildUsage>[0], more: object = {}): Case => ({
  parts: (web) => ({ pods: buildPods(web, ["r1"], { usage: buildUsage(usage), ...more }) }),
});
const seen = (parts: Partial<Snapshot>): Case => ({ parts: () => parts });
const moved = (kind: "ToSpot" | "ToRegular", ago: number, changes: object = {}): Case => ({
  web: { memory: { ...movedTo(kind, ago), ...changes } },
});
const scaled = (changes: object): Case => {
  const target = { kind: "Deployment", name: "web" };
  const replicas = { minReplicas: 1, maxReplicas: 5, currentReplicas: 1, desiredReplicas: 1 };
  return seen({ autoscalers: [{ namespace: "demo", name: "web", target, ...replicas, ...changes }] });
};
/** Two autoscalers of `web`, in the order of their names. */
const two = (...changes: object[]) =>
  changes.flatMap((each, index) => {
    const [found] = scaled({ name: `a${index}`, ...each }).parts!(buildWorkload("web")).autoscalers!;
    return found!;
  });
const quota = (left: Quota["left"], web: Case["web"] = {}): Case => ({
  ...{ web: { ...web, template: { limits: { cpu: 200, memory: 2000 }, requests: { cpu: 100, memory: 1000, storage: 10 } } } },
  parts: () => ({ quotas: [{ namespace: "demo", name: "q", left }], nodes: [regular, { ...spot, allocatable: { ...spot.allocatable, storage: 100 } }] }),
}); // prettier-ignore
const fits = (cpu: number, memory: number, at: Partial<Snapshot["nodes"][number]["allocatable"]>): Case => ({
  web: { template: { requests: { cpu, memory } } },
  ...seen({
    nodes: [
      regular,
      buildNode("spot", "s1", { allocatable: { ...regular.allocatable, ...at } }),
      // Keeps spot as a whole below its mark, and takes no pod.
      buildNode("spot", "s2", { allocatable: { cpu: 90_000, memory: 999 * gibibyte, pods: 0 } }),
    ],
  }),
});
const done = (ago: number): Case =>
  seen({
    state: { ...emptyState, tries: { "Deployment/demo/gone": { at: noon - ago * minute, placement: "spot", failed: 0, result: "Done" } } },
  }); // prettier-ignore
const policy = (text: string): Case => ({ policy: `{ namespaces: { demo: }, ${text} }` });
const beside = (cpu: number, memory: number, node: string, web: Case = {}): Case => ({
  ...web,
  others: [[buildWorkload("o", { namespace: "x", template: { requests: { cpu, memory } } }), [node]]],
});

/** Two busy ones on spot that use 180 together; on regular somebody uses so much, and requests little. */
const usedOnRegular = (used: number): Case => ({
  web: { placement: "spot", replicas: 2 },
  parts: (web) => ({
    pods: [
      ...buildPods(web, ["s1", "s1"], { usage: buildUsage({ cpu: 90 }) }),
      ...buildPods(buildWorkload("o", { namespace: "x" }), ["r1"], { workload: undefined, usage: buildUsage({ cpu: used }) }), // prettier-ignore
    ],
  }),
});

/** Placed on spot by a split that keeps two of five on regular; so many are there. */
const onRegularOf = (count: number): Case => ({
  policy: "namespaces: { demo: { regularFloor: 2 } }",
  web: {
    ...{ placement: "spot", replicas: 5 },
    template: {
      topologySpread: [{ topologyKey: "kubernetes.azure.com/priority", maxSkew: 2, selector: [] }],
    },
  },
  on: Array.from({ length: 5 }, (_, i) => (i < count ? "r1" : "s1")),
});

const limits: [what: string, moves: Case, doesNot: Case, reason: string][] = [
  ["CPU now, idle at most", using({ cpu: 10 }), using({ cpu: 11 }), "NotIdle"],
  ["CPU over the window", using({ cpuOverWindow: 10 }), using({ cpuOverWindow: 11 }), "NotIdle"],
  ["traffic", using({ networkOverWindow: 50_000 }), using({ networkOverWindow: 50_001 }), "NotIdle"],
  ["CPU, busy above", { ...onSpot, cpu: 0.31 }, { ...onSpot, cpu: 0.3 }, "StaysOnSpot"],
  ["samples", using({ samples: 10 }), using({ samples: 9 }), "NoSamples"],
  ["age of samples", using({ sampledAt: noon - 5 * minute }), using({ sampledAt: noon - 5 * minute - 1 }), "StaleSamples"],
  ["age of the youngest pod", using({}, { createdAt: noon - 5 * minute }), using({}, { createdAt: noon - 5 * minute + 1 }), "NoSamples"],
  ["do not disturb until", using({}, { doNotDisturb: "5m", doNotDisturbUntil: noon }), using({}, { doNotDisturb: "5m", doNotDisturbUntil: noon + 1 }), "DoNotDisturb"],
  ["rest after the autoscaler's change", scaled({ lastScaleAt: noon - 5 * minute }), scaled({ lastScaleAt: noon - 5 * minute + 1 }), "AutoscalerInMotion"],
  ["the same by a clock ahead", scaled({ lastScaleAt: noon + 5 * minute }), scaled({ lastScaleAt: noon + 5 * minute - 1 }), "AutoscalerInMotion"],
  ["the autoscaler's wish", scaled({}), scaled({ desiredReplicas: 0 }), "AutoscalerInMotion"],
  ["rest after a return", moved("ToRegular", 30), moved("ToRegular", 30 - 1 / 60_000), "Cooldown"],
  ["rest after two failed returns", moved("ToRegular", 120, { failedReturns: 2 }), moved("ToRegular", 119, { failedReturns: 2 }), "Cooldown"],
  ["rest after many", moved("ToRegular", 480, { failedReturns: 9 }), moved("ToRegular", 479, { failedReturns: 9 }), "Cooldown"],
  ["rest of what has lost its nodes", moved("ToRegular", 5, { lastReason: "SpotNodeLost" }), moved("ToRegular", 4, { lastReason: "SpotNodeLost" }), "Cooldown"],
  ["rest after an eviction", seen({ state: { ...emptyState, evictions: [{ workload: "Deployment/demo/web", at: noon - 30 * minute }] } }), seen({ state: { ...emptyState, evictions: [{ workload: "Deployment/demo/web", at: noon - 29 * minute }] } }), "Cooldown"],
  ["a loss of a spot node", seen({ state: { ...emptyState, spotLosses: [{ node: "s9", pool: "spot", at: noon - 20 * minute }] } }), seen({ state: { ...emptyState, spotLosses: [{ node: "s9", pool: "spot", at: noon - 20 * minute + 1 }] } }), "SpotUnstable"],
  ["the part of a pool that may be lost", { ...seen({ state: { ...emptyState, spotLosses: [{ node: "s9", pool: "spot", at: noon - minute }] } }), ...policy("pools: { spot: { toleratedLossShare: 0.5 } }") }, { ...seen({ state: { ...emptyState, spotLosses: [{ node: "s9", pool: "spot", at: noon - minute }] } }), ...policy("pools: { spot: { toleratedLossShare: 0.49 } }") }, "SpotUnstable"],
  ["a pod that waits for spot's room", seen({ namespaces: [] }), { web: { status: { available: 1 } }, parts: (web) => ({ pods: [...buildPods(web, ["r1"]), ...buildPods(web, [undefined], { name: "x", unschedulableSince: noon })] }) }, "UnschedulablePods"],
  ["a quota's pods", quota({ pods: 1 }), quota({ pods: 0 }), "QuotaReached"],
  ["a quota's CPU", quota({ cpu: 100 }), quota({ cpu: 99 }), "QuotaReached"],
  ["a quota's memory", quota({ memory: 1000 }), quota({ memory: 999 }), "QuotaReached"],
  ["a quota's scratch space", quota({ storage: 10 }), quota({ storage: 9 }), "QuotaReached"],
  ["a quota's CPU limits", quota({ limitsCpu: 200 }), quota({ limitsCpu: 199 }), "QuotaReached"],
  ["a quota's memory limits", quota({ limitsMemory: 2000 }), quota({ limitsMemory: 1999 }), "QuotaReached"],
  ["a quota's ReplicaSets", quota({ replicaSets: 1 }), quota({ replicaSets: 0 }), "QuotaReached"],
  ["a quota's ReplicaSets, of what was moved before", quota({ replicaSets: 0 }, { memory: { ...movedTo("ToRegular", 99), placedAt: noon } }), quota({ replicaSets: 0 }, { memory: movedTo("ToRegular", 99) }), "QuotaReached"],
  ["a quota's pods, where an old one goes first", quota({ pods: 0, cpu: 0 }, { replicas: 2, update: { maxUnavailable: 1 } }), quota({ pods: 0 }, { replicas: 2 }), "QuotaReached"],
  ["replicas that a rollout may take down", { web: { replicas: 2, update: { maxUnavailable: 1 } }, on: ["r1", "r1"] }, { web: { replicas: 2, update: { maxUnavailable: 2 } }, on: ["r1", "r1"] }, "NoSurge"],
  ["CPU of a node", fits(1000, 1000, { cpu: 1000 }), fits(1000, 1000, { cpu: 999 }), "NoCapacityOnSpot"],
  ["memory of a node", fits(100, gibibyte, { memory: gibibyte }), fits(100, gibibyte, { memory: gibibyte - 1 }), "NoCapacityOnSpot"],
  ["slots of a node", fits(100, 1000, { pods: 1 }), fits(100, 1000, { pods: 0 }), "NoCapacityOnSpot"],
  ["spot's high mark, CPU", beside(1800, 1000, "s1"), beside(1801, 1000, "s1"), "AboveWaterMark"],
  ["spot's high mark, memory", beside(100, 0.95 * 8 * gibibyte - gibibyte / 8, "s1"), beside(100, 0.95 * 8 * gibibyte - gibibyte / 8 + 1e6, "s1"), "AboveWaterMark"],
  ["regular's high mark", beside(1600, 1000, "r1", { ...onSpot, cpu: 0.9 }), beside(1601, 1000, "r1", { ...onSpot, cpu: 0.9 }), "AboveWaterMark"],
  ["regular's high mark, by what is used", usedOnRegular(1520), usedOnRegular(1521), "AboveWaterMark"],
  ["the way back, CPU", fits(2000, 1000, {}), fits(2001, 1000, { cpu: 9000 }), "NoWayBack"],
  ["the way back, memory", fits(100, 8 * gibibyte, {}), fits(100, 8 * gibibyte + 1, { memory: 9 * gibibyte }), "NoWayBack"],
  ["the way back, slots", seen({ nodes: [{ ...regular, allocatable: { ...regular.allocatable, pods: 1 } }, spot] }), seen({ nodes: [{ ...regular, allocatable: { ...regular.allocatable, pods: 0 } }, spot] }), "NoWayBack"],
  ["the namespace's share", { policy: "namespaces: { demo: { maxSpotShare: 0.5 } }", ...beside(1, 1, "r1"), others: [[buildWorkload("o"), ["r1"]]], web: { labels: { "spot-balancer/tier": "low" } } }, { policy: "namespaces: { demo: { maxSpotShare: 0.49 } }", others: [[buildWorkload("o"), ["r1"]]], web: { labels: { "spot-balancer/tier": "low" } } }, "ShareReached"],
  ["the floor on regular", { policy: "namespaces: { demo: { regularFloor: 2 } }", web: { replicas: 4 }, on: ["r1", "r1", "r1", "r1"] }, { policy: "namespaces: { demo: { regularFloor: 2 } }", web: { replicas: 3 }, on: ["r1", "r1", "r1"] }, "FloorOnRegular"],
  ["worth after failed returns", { ...policy("score: { threshold: 0.0038 }"), ...moved("ToRegular", 500) }, { ...policy("score: { threshold: 0.0038 }"), ...moved("ToRegular", 500, { failedReturns: 1 }) }, "ScoreTooLow"],
  ["what is left of the floor of a split", onRegularOf(1), onRegularOf(2), "StaysOnSpot"],
  ["moves in a round", policy("budgets: { maxMovesPerRound: 1 }"), policy("budgets: { maxMovesPerRound: 0 }"), "MoveBudgetRound"],
  ["moves in an hour", { ...policy("budgets: { maxMovesPerHour: 1 }"), ...moved("ToRegular", 60) }, { ...policy("budgets: { maxMovesPerHour: 1 }"), ...moved("ToRegular", 60 - 1 / 60_000) }, "MoveBudgetHour"],
  ["moves in an hour, of what remembers none", { ...policy("budgets: { maxMovesPerHour: 1 }"), ...done(60) }, { ...policy("budgets: { maxMovesPerHour: 1 }"), ...done(59) }, "MoveBudgetHour"],
  ["moves in an hour, by evictions", { ...policy("budgets: { maxMovesPerHour: 1 }"), ...seen({ state: { ...emptyState, evictions: [{ workload: "x", at: noon - 60 * minute }] } }) }, { ...policy("budgets: { maxMovesPerHour: 1 }"), ...seen({ state: { ...emptyState, evictions: [{ workload: "x", at: noon - 60 * minute + 1 }] } }) }, "MoveBudgetHour"],
]; // prettier-ignore

describe("of two autoscalers of one workload", () => {
  for (const order of [[0, 1], [1, 0]])
    for (const other of [{}, { inactive: "AmbiguousSelector" }])
      it(`the one in motion counts, beside ${JSON.stringify(other)} in the order ${order.join()}`, () => {
        const both = [{ desiredReplicas: 4 }, other];
        assert.equal(reasonFor(seen({ autoscalers: two(...order.map((at) => both[at]!)) })), "AutoscalerInMotion");
      });
}); // prettier-ignore

describe("limits", () => {
  for (const [what, moves, doesNot, reason] of limits)
    it(`${what}: ${reason} beyond it`, () => {
      assert.match(reasonFor(moves), /^moves: /);
      assert.equal(reasonFor(doesNot), reason);
    });
});

describe("what does not stand in the way", () => {
  const tried = (placement: "spot" | "regular"): Case =>
    seen({
      state: { ...emptyState, tries: { "Deployment/demo/web": { at: noon - minute, failedAt: noon - minute, placement, failed: 1, result: "Refused" } } },
    }); // prettier-ignore
  const cases: [what: string, Case][] = [
    ["of a way back, a try of the way there", { ...onSpot, cpu: 0.6, ...tried("spot") }],
    ["of the way there, a try of the way back", tried("regular")],
    ["of `web`, whatever became of others", seen({ state: { ...emptyState, forbidden: { shop: { failed: 5, at: noon, why: "" } } } })],
    ["a first lack of rights", seen({ state: { ...emptyState, forbidden: { demo: { failed: 1, at: noon, why: "" } } } })],
    ["a quota of another namespace", seen({ quotas: [{ namespace: "shop", name: "q", left: { pods: 0 } }] })],
    ["a quota of others' priority", seen({ quotas: [{ namespace: "demo", name: "q", left: { pods: 0 }, scopes: [{ of: "PriorityClass", operator: "In", values: ["high"] }] }] })],
    ["a quota of what has no priority class, where it has one", { web: { template: { priorityClass: "x" } }, ...seen({ quotas: [{ namespace: "demo", name: "q", left: { pods: 0 }, scopes: [{ of: "PriorityClass", operator: "DoesNotExist", values: [] }] }] }) }],
    ["a quota of several scopes, of which it is in one", { web: { template: { priorityClass: "x" } }, ...seen({ quotas: [{ namespace: "demo", name: "q", left: { pods: 0 }, scopes: [{ of: "PriorityClass", operator: "Exists", values: [] }, { of: "CrossNamespacePodAffinity", operator: "Exists", values: [] }] }] }) }],
    ["a quota of limits, where it has none", seen({ quotas: [{ namespace: "demo", name: "q", left: { limitsCpu: 0, limitsMemory: 0 } }] })],
    ["a quota of limits of its class, where it has another", { web: { template: { priorityClass: "x" } }, ...seen({ quotas: [{ namespace: "demo", name: "q", left: { pods: 0 }, scopes: [{ of: "PriorityClass", operator: "NotIn", values: ["x"] }] }] }) }],
    ["another namespace's end", seen({ namespaces: [{ name: "shop", labels: {}, deletingAt: noon }, { name: "demo", labels: {} }] })],
    ["two that agree", seen({ autoscalers: two({}, {}) })],
    ["two that compute nothing", seen({ autoscalers: two({ inactive: "AmbiguousSelector" }, { inactive: "AmbiguousSelector" }) })],
    ["an autoscaler of another workload", seen({ autoscalers: [{ namespace: "shop", name: "web", target: { kind: "Deployment", name: "web" }, minReplicas: 1, maxReplicas: 5, currentReplicas: 1, desiredReplicas: 2 }] })],
    ["a budget of other pods", { web: { replicas: 2, update: { maxUnavailable: 1 } }, on: ["r1", "r1"], ...seen({ disruptionBudgets: [{ namespace: "demo", name: "b", selector: [{ key: "app", operator: "In", values: ["other"] }], disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 }] }) }],
    ["trouble of one pool beside a healthy one", seen({ nodes: [regular, spot, buildNode("spot", "t1", { labels: { "kubernetes.azure.com/agentpool": "other" } })], poolHealth: [{ pool: "spot", health: "Healthy", backoff: true }, { pool: "other", health: "Healthy", backoff: false }] })],
    ["annotations, where policy does not heed them", { web: { template: { doNotDisturb: "x" } }, ...policy("leaveAlone: { annotated: false }") }],
    ["scratch data, where policy does not keep it", { web: { template: { volumes: { emptyDir: true, local: false, zones: [], exclusive: false } } } }],
    ["a taint that only advises, where there is no other way", { web: { template: { nodeSelector: { only: "here" } } }, ...seen({ nodes: [{ ...regular, labels: { ...regular.labels, only: "here" } }, { ...spot, labels: { ...spot.labels, only: "here" } }] }) }],
    ["others' placeholders, which regular's scheduler preempts", { ...onSpot, cpu: 0.6, others: [[buildWorkload("o", { namespace: "x", template: { priority: -10, requests: { cpu: 2000, memory: 1 } } }), ["r1"]]] }],
    ["load, where its tier is low", { cpu: 0.9, web: { labels: { "spot-balancer/tier": "LOW" } } }],
    ["what its template's label says, where its own says something else", { cpu: 0.9, web: { labels: { "spot-balancer/tier": "low" }, template: { labels: { "app": "web", "spot-balancer/tier": "critical" } } } }],
    ["traffic of each that is little, though that of all is not", { web: { replicas: 2 }, parts: (web) => ({ pods: buildPods(web, ["r1", "r1"], { usage: buildUsage({ networkOverWindow: 40_000 }) }) }) }],
    ["a pod on its way out", { web: { replicas: 1 }, parts: (web) => ({ pods: [...buildPods(web, ["r1"]), ...buildPods(web, ["r1"], { name: "x", deletingAt: noon, usage: undefined })] }) }],
  ]; // prettier-ignore
  for (const [what, each] of cases) it(what, () => assert.match(reasonFor(each), /^moves: /));
});
