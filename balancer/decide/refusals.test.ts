// One small cluster for every reason to refuse: the list in reasons.ts and this table must name the same reasons.
import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import type { RefusalReason, Snapshot, Workload } from "../model.ts";
import { refusalReasons } from "../reasons.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildUsage,
  buildWorkload,
  minute,
  noon,
  withCpu,
} from "../testing/builders.ts";

interface Case {
  /** What is special about the idle Deployment `web`, alone on a regular node beside an empty spot node. */
  web?: WorkloadChanges;
  cpu?: number;
  on?: string[];
  policy?: string;
  parts?: (web: Workload) => Partial<Snapshot>;
  /** Other workloads with pods on the given nodes. */
  others?: [Workload, string[]][];
}

const regular = buildNode("regular", "r1");
const spot = buildNode("spot", "s1");
const zone = "topology.kubernetes.io/zone";
const appIs = (app: string) => [{ key: "app", operator: "In" as const, values: [app] }];
const onSpot: Case = { web: { placement: "spot" }, on: ["s1"] };
const movedTo = (lastMove: "ToSpot" | "ToRegular", minutesAgo: number) => ({
  lastMovedAt: noon - minutesAgo * minute,
  lastMove,
  lastReason: "Idle" as const,
  recentMoves: [noon - minutesAgo * minute],
  failedReturns: 0,
});
const onZonedNodes = (...zones: [spot: string, regular: string]) => ({
  nodes: [
    buildNode("regular", "r1", { labels: { [zone]: zones[1] } }),
    buildNode("spot", "s1", { labels: { [zone]: zones[0] } }),
  ],
});
const volumes = { emptyDir: true, local: false, zones: [], exclusive: false };

const cases: Record<RefusalReason, Case[]> = {
  Busy: [{ cpu: 0.6 }, { cpu: 0.2 }, { parts: (web) => ({ pods: quietOnlyNow(web) }) }],
  StaysOnSpot: [onSpot, { ...onSpot, cpu: 0.2 }],
  NotOnSpot: [
    { ...onSpot, on: ["r1"], cpu: 0.2 },
    { web: { placement: "spot", memory: movedTo("ToSpot", 29) }, on: ["r1"] },
  ],
  NoReplicas: [{ web: { replicas: 0 }, on: [] }],
  NamespaceForbidden: [{ policy: "namespaces: { demo: { allowed: false } }" }],
  Critical: [
    { web: { labels: { "spot-balancer/tier": "critical" } } },
    { web: { template: { labels: { app: "web", "spot-balancer/tier": "critical" } } } },
    { web: { template: { priorityClass: "system-cluster-critical", priority: 2_000_000_000 } } },
    { policy: "{ namespaces: { demo: }, priorities: { default: critical } }" },
  ],
  OutsideTimeWindow: [
    {
      policy: 'namespaces: { demo: { windows: [{ from: "22:00", to: "06:00", timeZone: Europe/Vienna }] } }',
    },
  ],
  ShareReached: [{ policy: "namespaces: { demo: { maxSpotShare: 0.5 } }" }],
  FloorOnRegular: [
    { policy: "namespaces: { demo: { regularFloor: 1 } }" },
    { policy: "namespaces: { demo: { regularFloor: 2 } }", web: { replicas: 3 }, on: ["r1", "r1", "r1"] },
  ],
  ScoreTooLow: [{ policy: "{ namespaces: { demo: }, score: { threshold: 0.9 } }" }],
  ExcludedByLabel: [{ web: { labels: { "spot-balancer/tier": "ignore" } } }],
  UnsupportedKind: [{ web: { kind: "DaemonSet" } }, { web: { kind: "Job" } }],
  Placeholder: [{ web: { template: { priority: -10 } } }],
  SpotQueue: [
    {
      parts: (web) => {
        const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };
        const batch = buildWorkload("batch", {
          namespace: "other",
          placement: "spot",
          template: { nodeSelector },
        });
        const pods = [
          ...buildPods(web, ["r1"]),
          ...buildPods(batch, [undefined], { unschedulableSince: noon }),
        ];
        return { workloads: [web, batch], pods };
      },
    },
  ],
  ControlledByOther: [{ web: { controlledBy: "Rollout/web" } }],
  ForeignOwner: [{ web: { placementOwner: "kubectl-client-side-apply" } }],
  StatefulSetNotOptedIn: [{ web: { kind: "StatefulSet", replicas: 2 }, on: ["r1", "r1"] }],
  RecreateStrategy: [{ web: { update: { type: "Recreate" } } }],
  NoSurge: [
    { web: { update: { maxSurge: 0, maxUnavailable: 1 } } },
    {
      web: { kind: "StatefulSet", update: { maxSurge: 0 } },
      policy: "{ namespaces: { demo: }, statefulSets: { enabled: true } }",
    },
  ],
  OnDeleteStrategy: [
    {
      web: { kind: "StatefulSet", update: { type: "OnDelete" } },
      policy: "{ namespaces: { demo: }, statefulSets: { enabled: true } }",
    },
  ],
  Paused: [{ web: { paused: true } }],
  LocalStorage: [{ web: { template: { volumes: { ...volumes, local: true } } } }],
  ExclusiveVolume: [{ web: { template: { volumes: { ...volumes, exclusive: true } } } }],
  NoRequests: [{ web: { template: { requests: { cpu: 0, memory: 1000 } } } }],
  MetricsUnavailable: [{ parts: () => ({ usageProblem: "Prometheus at http://x does not answer" }) }],
  NoSamples: [
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { usage: undefined }) }) },
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { usage: buildUsage({ samples: 9 }) }) }) },
  ],
  StaleSamples: [
    {
      parts: (web) => ({
        pods: buildPods(web, ["r1"], { usage: buildUsage({ sampledAt: noon - 6 * minute }) }),
      }),
    },
  ],
  RolloutInProgress: [
    { web: { status: { generation: 2 } } },
    { web: { status: { updated: 0 } } },
    { web: { status: { available: 0 } } },
    { web: { status: { replicas: 2 } } },
  ],
  AutoscalerInMotion: [
    { parts: () => ({ autoscalers: [autoscaler({ desiredReplicas: 2 })] }) },
    { parts: () => ({ autoscalers: [autoscaler({ lastScaleAt: noon - 4 * minute })] }) },
  ],
  UnschedulablePods: [
    {
      web: { replicas: 2, status: { available: 2 } },
      parts: (web) => ({
        pods: [
          ...buildPods(web, ["r1"]),
          ...buildPods(web, [undefined], { unschedulableSince: noon - minute }),
        ],
      }),
    },
  ],
  PoolInBackoff: [
    { parts: () => ({ poolHealth: [{ pool: "aks-spot-123-vmss", health: "Healthy", backoff: true }] }) },
    { parts: () => ({ poolHealth: [{ pool: "spot", health: "Unhealthy", backoff: false }] }) },
  ],
  WouldReturn: [
    {
      ...onSpot,
      policy: "{ namespaces: { demo: }, pools: { spot: { toleratedLossShare: 0.5 } } }",
      parts: () => ({
        nodes: [regular, { ...spot, conditions: ["VMEventScheduled"] }, buildNode("spot", "s2")],
      }),
    },
  ],
  Cooldown: [
    { web: { memory: movedTo("ToRegular", 29) } },
    { web: { memory: { ...movedTo("ToRegular", 100), failedReturns: 2 } } },
    { web: { placement: "spot", memory: movedTo("ToSpot", 29) }, on: ["s1"], cpu: 0.6 },
    {
      parts: () => ({
        state: { spotNodes: [], spotLosses: [], evictions: [{ workload: "Deployment/demo/web", at: noon }] },
      }),
    },
  ],
  SpotUnstable: [
    {
      parts: () => ({
        state: { spotNodes: [], spotLosses: [{ node: "s9", at: noon - 19 * minute }], evictions: [] },
      }),
    },
  ],
  DisruptionBudget: [
    {
      web: { replicas: 2, update: { maxUnavailable: 1 } },
      on: ["r1", "r1"],
      parts: () => ({ disruptionBudgets: [disruptionBudget(0)] }),
    },
  ],
  MoveBudgetRound: [{ policy: "{ namespaces: { demo: }, budgets: { maxMovesPerRound: 0 } }" }],
  MoveBudgetHour: [
    {
      policy: "{ namespaces: { demo: }, budgets: { maxMovesPerHour: 1 } }",
      web: { memory: movedTo("ToRegular", 59) },
    },
  ],
  NoSpotNodes: [
    { parts: () => ({ nodes: [regular] }) },
    { parts: () => ({ nodes: [regular, { ...spot, taints: [...spot.taints, retiring] }] }) },
    { policy: "{ namespaces: { demo: }, pools: { spot: { nodeLabels: {} } } }" }, // a cluster without spot
  ],
  NoCapacityOnSpot: [
    {
      web: { template: { requests: { cpu: 500, memory: 1000 } } },
      parts: () => ({ nodes: [regular, ...["s1", "s2", "s3"].map(smallSpot)] }),
    },
    { parts: () => ({ nodes: [regular, { ...spot, allocatable: { ...spot.allocatable, pods: 0 } }] }) },
  ],
  NoCapacityOnRegular: [
    {
      ...onSpot,
      cpu: 0.6,
      parts: () => ({ nodes: [{ ...regular, allocatable: { ...regular.allocatable, pods: 0 } }, spot] }),
    },
    { ...onSpot, parts: () => ({ nodes: [{ ...spot, ready: false }] }) },
  ],
  AboveWaterMark: [{ web: { template: { requests: { cpu: 1800, memory: 1000 } } } }],
  NodeAffinity: [
    { web: { template: { nodeSelector: { disk: "ssd" } } } },
    { web: { template: { nodeAffinity: [[{ key: "disk", operator: "In", values: ["ssd"] }]] } } },
    {
      web: {
        template: {
          nodeAffinity: [[{ key: "kubernetes.azure.com/priority", operator: "NotIn", values: ["spot"] }]],
        },
      },
    },
  ],
  Taints: [
    {
      parts: () => ({
        nodes: [regular, { ...spot, taints: [...spot.taints, { key: "gpu", effect: "NoSchedule" }] }],
      }),
    },
  ],
  VolumeZone: [
    { web: { template: { volumes: { ...volumes, zones: ["b"] } } }, parts: () => onZonedNodes("a", "b") },
  ],
  PodAffinity: [
    {
      web: {
        template: {
          podAffinity: [{ topologyKey: "kubernetes.io/hostname", selector: appIs("cache"), namespaces: [] }],
        },
      },
      others: [[buildWorkload("cache", { labels: { "spot-balancer/tier": "critical" } }), ["r1"]]],
    },
  ],
  AntiAffinity: [
    {
      web: {
        replicas: 2,
        template: {
          podAntiAffinity: [
            { topologyKey: "kubernetes.io/hostname", selector: appIs("web"), namespaces: [] },
          ],
        },
      },
      on: ["r1", "r2"],
    },
    { others: [[repelling("web"), ["s1"]]] },
  ],
  TopologySpread: [
    {
      web: {
        replicas: 2,
        template: { topologySpread: [{ topologyKey: zone, maxSkew: 1, selector: appIs("web") }] },
      },
      on: ["r1", "r1"],
      parts: () => onZonedNodes("a", "b"),
    },
  ],
  HostPort: [
    {
      web: { template: { hostPorts: [80] } },
      others: [[buildWorkload("proxy", { namespace: "other", template: { hostPorts: [80] } }), ["s1"]]],
    },
  ],
};

const retiring = { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" } as const;

function smallSpot(name: string) {
  return buildNode("spot", name, { allocatable: { cpu: 400, memory: 2 ** 30, pods: 10 } });
}

function repelling(app: string): Workload {
  const podAntiAffinity = [
    { topologyKey: "kubernetes.io/hostname", selector: appIs(app), namespaces: ["demo"] },
  ];
  return buildWorkload("hermit", { namespace: "other", template: { podAntiAffinity } });
}

function quietOnlyNow(web: Workload) {
  return buildPods(web, ["r1"], { usage: buildUsage({ cpu: 1, cpuOverWindow: 90 }) });
}

function autoscaler(changes: { desiredReplicas?: number; lastScaleAt?: number }) {
  const target = { kind: "Deployment", name: "web" };
  const replicas = { minReplicas: 1, maxReplicas: 5, currentReplicas: 1, desiredReplicas: 1 };
  return { namespace: "demo", name: "web", target, ...replicas, ...changes };
}

function disruptionBudget(disruptionsAllowed: number) {
  const health = { currentHealthy: 2, desiredHealthy: 2 - disruptionsAllowed };
  return { namespace: "demo", name: "web", selector: appIs("web"), disruptionsAllowed, ...health };
}

function reasonFor({ web: changes, cpu = 0.02, on = ["r1"], policy, parts, others = [] }: Case): string {
  const web = buildWorkload("web", changes);
  const snapshot = buildSnapshot({
    nodes: [regular, spot],
    workloads: [web, ...others.map(([workload]) => workload)],
    ...parts?.(web),
  });
  snapshot.pods = [
    ...(parts?.(web).pods ?? withCpu(buildPods(web, on), cpu)),
    ...others.flatMap(([workload, nodeNames]) => buildPods(workload, nodeNames)),
  ];
  const plan = decide(snapshot, buildPolicy(policy), noon);
  const move = plan.moves.find(({ workload }) => workload.name === "web");
  if (move) return `moves: ${move.reason}`;
  return plan.refusals.find(({ workload }) => workload.name === "web")?.reason ?? "not considered";
}

describe("reasons to refuse", () => {
  it("names an ordinary idle workload none", () => assert.equal(reasonFor({}), "moves: Idle"));

  for (const [reason, list] of Object.entries(cases)) {
    list.forEach((each, i) =>
      it(`${reason}${list.length > 1 ? ` (${i + 1})` : ""}`, () => assert.equal(reasonFor(each), reason)),
    );
  }

  it("has a case for every reason", () => {
    assert.deepEqual(Object.keys(cases).sort(), Object.keys(refusalReasons).sort());
    for (const [reason, list] of Object.entries(cases)) assert.ok(list.length > 0, reason);
  });

  it("does not consider what is in no listed namespace", () => {
    assert.equal(reasonFor({ policy: "namespaces: { shop: }" }), "not considered");
  });
});
