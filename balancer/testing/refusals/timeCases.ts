// Refusals for how its pods would be replaced, and for what is in motion, unknown or used up just now.
import { type Autoscaler, type RefusalReason, emptyState } from "../../model.ts";
import { buildNode, buildPods, buildUsage, buildWorkload, minute, noon } from "../builders.ts";
import { type Case, appIs, movedTo, onSpot, regular, spot, volumes } from "./case.ts";
import { quotaCases } from "./quotaCases.ts";

const tried = (result: "Refused" | "Undone") => {
  const at = noon - 2 * minute;
  return { at, failedAt: at, placement: "spot" as const, failed: 1, result };
};

export const timeCases = {
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
  EmptyDirData: [
    { web: { template: { volumes } }, policy: "{ namespaces: { demo: }, leaveAlone: { emptyDir: true } }" },
  ],
  ExclusiveVolume: [
    { web: { template: { volumes: { ...volumes, exclusive: true } } } },
    {
      web: { kind: "StatefulSet", replicas: 2, template: { volumes: { ...volumes, shared: true } } },
      on: ["r1", "r1"],
      policy: "{ namespaces: { demo: }, statefulSets: { enabled: true } }",
    },
  ],
  OtherResources: [{ web: { template: { otherResources: ["nvidia.com/gpu"] } } }],
  QuotaReached: quotaCases,
  NoRequests: [{ web: { template: { requests: { cpu: 0, memory: 1000 } } } }],
  MetricsUnavailable: [{ parts: () => ({ usageProblem: "Prometheus at http://x does not answer" }) }],
  NoSamples: [
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { usage: undefined }) }) },
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { usage: buildUsage({ samples: 9 }) }) }) },
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { usage: buildUsage({ networkUnknown: true }) }) }) },
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { createdAt: noon - 239_300 }) }) },
    { on: [] }, // of no pod at all
    // One pod has been measured long enough, the other one not.
    ...[{ usage: buildUsage({ samples: 9 }) }, { createdAt: noon - minute }].map((changes): Case => ({
      web: { replicas: 2 },
      parts: (web) => ({
        pods: [
          ...buildPods(web, ["r1"]),
          ...buildPods(web, ["r1"], { name: "web-9", ...changes }),
          ...buildPods(web, [undefined], { name: "web-a" }),
        ],
      }),
    })),
  ],
  StaleSamples: [
    {
      parts: (web) => ({
        pods: buildPods(web, ["r1"], { usage: buildUsage({ sampledAt: noon - 359_300 }) }),
      }),
    },
    // One pod's samples are fresh, the other one's are not.
    {
      web: { replicas: 2 },
      parts: (web) => ({
        pods: [
          ...buildPods(web, ["r1"]),
          ...buildPods(web, ["r1"], { name: "web-9", usage: buildUsage({ sampledAt: noon - 6 * minute }) }),
        ],
      }),
    },
  ],
  RolloutInProgress: [
    { web: { status: { generation: 2 } } },
    { web: { status: { updated: 0 } } },
    { web: { status: { available: 0 } } },
    { web: { status: { replicas: 2 } } },
    { web: { status: { available: 0, failure: 'pods "web-x" is forbidden: exceeded quota: q' } } },
  ],
  AutoscalerInMotion: [
    { parts: () => ({ autoscalers: [autoscaler({ desiredReplicas: 2 })] }) },
    { parts: () => ({ autoscalers: [autoscaler({ lastScaleAt: noon - 239_300 })] }) },
    { parts: () => ({ autoscalers: [autoscaler({ lastScaleAt: noon + 30_000 })] }) },
    {
      parts: () => ({
        autoscalers: [autoscaler({ minReplicas: 3, currentReplicas: 0, desiredReplicas: 0 })],
      }),
    },
  ],
  UnschedulablePods: [
    // Its rollout waits for just that pod.
    {
      web: { status: { replicas: 2, updated: 1, available: 1 } },
      parts: (web) => ({
        pods: [
          ...buildPods(web, ["r1"]),
          ...buildPods(web, [undefined], { name: "web-new", unschedulableSince: noon - 30 * minute }),
        ],
      }),
    },
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
      web: { placement: "spot", replicas: 2 },
      on: ["s1", "s2"],
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
        state: { ...emptyState, evictions: [{ workload: "Deployment/demo/web", at: noon }] },
      }),
    },
  ],
  MoveRefused: [
    { parts: () => ({ state: { ...emptyState, tries: { "Deployment/demo/web": tried("Refused") } } }) },
    {
      ...{ ...onSpot, cpu: 0.6 },
      parts: () => ({
        state: {
          ...emptyState,
          tries: { "Deployment/demo/web": { ...tried("Refused"), placement: "regular" } },
        },
      }),
    },
    {
      parts: () => ({
        state: { ...emptyState, forbidden: { demo: { failed: 2, at: noon - minute, why: "no Role" } } },
      }),
    },
  ],
  PlacementUndone: [
    { parts: () => ({ state: { ...emptyState, tries: { "Deployment/demo/web": tried("Undone") } } }) },
  ],
  SpotUnstable: [
    {
      parts: () => ({
        state: { ...emptyState, spotLosses: [{ node: "s9", pool: "spot", at: noon - 19 * minute }] },
      }),
    },
  ],
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
  DisruptionBudget: [
    {
      web: { replicas: 2, update: { maxUnavailable: 1 } },
      on: ["r1", "r1"],
      parts: () => ({ disruptionBudgets: [disruptionBudget(0)] }),
    },
    // The Eviction API knows no pod of two budgets.
    {
      web: { kind: "ReplicaSet", replicas: 2 },
      on: ["r1", "r1"],
      parts: () => ({ disruptionBudgets: [disruptionBudget(1), { ...disruptionBudget(1), name: "all" }] }),
    },
  ],
  MoveBudgetRound: [{ policy: "{ namespaces: { demo: }, budgets: { maxMovesPerRound: 0 } }" }],
  MoveBudgetHour: [
    {
      policy: "{ namespaces: { demo: }, budgets: { maxMovesPerHour: 1 } }",
      web: { memory: movedTo("ToRegular", 59) },
    },
  ],
} satisfies Partial<Record<RefusalReason, Case[]>>;

function autoscaler(changes: Partial<Autoscaler>) {
  const target = { kind: "Deployment", name: "web" };
  const replicas = { minReplicas: 1, maxReplicas: 5, currentReplicas: 1, desiredReplicas: 1 };
  return { namespace: "demo", name: "web", target, ...replicas, ...changes };
}

function disruptionBudget(disruptionsAllowed: number) {
  const health = { currentHealthy: 2, desiredHealthy: 2 - disruptionsAllowed };
  return { namespace: "demo", name: "web", selector: appIs("web"), disruptionsAllowed, ...health };
}
