// Refusals for what policy says, for whose the workload is, and for what it does.
import { type AvailabilityState, type RefusalReason, type Workload, emptyState } from "../../model.ts";
import { buildNode, buildPods, buildUsage, buildWorkload, minute, noon, withCpu } from "../builders.ts";
import { type Case, movedTo, onSpot, regular, spot, volumes } from "./case.ts";

export const policyCases = {
  NotIdle: [{ cpu: 0.6 }, { cpu: 0.2 }, { parts: (web) => ({ pods: quietOnlyNow(web) }) }],
  StaysOnSpot: [
    onSpot,
    { ...onSpot, cpu: 0.2 },
    // What starts needs more than what serves: of all its pods, of one of two (the other one is idle).
    ...[["s1"], ["s1", "s1"]].map((on): Case => ({
      web: { placement: "spot", replicas: on.length },
      parts: (web) => ({
        pods: on.flatMap((_, i) =>
          withCpu(
            buildPods(web, ["s1"], { name: `web-${i}`, ...(i === 0 && { createdAt: noon - 299_000 }) }),
            i === 0 ? 3 : 0.02,
          ),
        ),
      }),
    })),
    // Where spot has no taint, it may be there by chance.
    { on: ["s1"] },
    // What goes by itself is not astray, and neither is what a split keeps on regular.
    {
      ...onSpot,
      parts: (web) => ({
        pods: [...buildPods(web, ["s1"]), ...buildPods(web, ["r1"], { name: "web-9", deletingAt: noon })],
      }),
    },
    {
      policy: "namespaces: { demo: { regularFloor: 1 } }",
      web: {
        ...{ placement: "spot", replicas: 4 },
        template: {
          topologySpread: [{ topologyKey: "kubernetes.azure.com/priority", maxSkew: 3, selector: [] }],
        },
      },
      on: ["s1", "s1", "s1", "r1"],
    },
  ],
  NotOnSpot: [
    { ...onSpot, on: ["r1"], cpu: 0.2 },
    { web: { placement: "spot", memory: movedTo("ToSpot", 4) }, on: ["r1"] },
  ],
  AvailabilityAtStake: [
    { parts: () => ({ state: { ...emptyState, availability: lostAt(5) } }) },
    {
      policy: "namespaces: { demo: { availability: 0.9997 } }",
      parts: () => ({ state: { ...emptyState, availability: lostAt(20) } }),
    },
    {
      policy: "{ namespaces: { demo: }, priorities: { default: low }, availability: { low: 0.99 } }",
      parts: () => ({ state: { ...emptyState, availability: { ...lostAt(2), spent: { low: 500 } } } }),
    },
  ],
  NoReplicas: [{ web: { replicas: 0 }, on: [] }],
  NamespaceForbidden: [{ policy: "namespaces: { demo: { allowed: false } }" }],
  Critical: [
    { web: { labels: { "spot-balancer/tier": "Critical" } } },
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
  ShareReached: [
    { policy: "namespaces: { demo: { maxSpotShare: 0.5 } }" },
    // Pods of a DaemonSet are no part of what may be anywhere.
    {
      policy: "namespaces: { demo: { maxSpotShare: 0.5 } }",
      others: [[buildWorkload("agent", { kind: "DaemonSet", replicas: 3 }), ["r1"]]],
    },
  ],
  FloorOnRegular: [
    { policy: "namespaces: { demo: { regularFloor: 1 } }" },
    { policy: "namespaces: { demo: { availability: 0.9999 } }" },
    { policy: "namespaces: { demo: { regularFloor: 2 } }", web: { replicas: 3 }, on: ["r1", "r1", "r1"] },
    // Somebody else's node has the label by which a split would go, with a value of its own.
    {
      ...{ policy: "namespaces: { demo: { regularFloor: 1 } }", web: { replicas: 2 }, on: ["r1", "r1"] },
      parts: () => ({
        nodes: [
          regular,
          spot,
          buildNode("system", "y1", { labels: { "kubernetes.azure.com/priority": "odd" } }),
        ],
      }),
    },
  ],
  ScoreTooLow: [{ policy: "{ namespaces: { demo: }, score: { threshold: 0.9 } }" }],
  ExcludedByLabel: [{ web: { labels: { "spot-balancer/tier": "ignore" } } }],
  DoNotDisturb: [
    { web: { template: { doNotDisturb: "karpenter.sh/do-not-disrupt=true" } } },
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { doNotDisturb: "safe-to-evict=false" }) }) },
    { parts: (web) => ({ pods: buildPods(web, ["r1"], { doNotDisturb: "5m", doNotDisturbUntil: noon + 1 }) }) }, // prettier-ignore
  ],
  Unreadable: [{ web: { fault: "pod web-1 cannot be read: expected a list in containers, got object" } }],
  Terminating: [
    { web: { deletingAt: noon - minute } },
    { parts: () => ({ namespaces: [{ name: "demo", labels: {}, deletingAt: noon - minute }] }) },
    { web: { template: { volumes: { ...volumes, ending: "claim data is being deleted" } } } },
    { web: { template: { missing: "PriorityClass gold" } } },
  ],
  UnsupportedKind: [{ web: { kind: "DaemonSet" } }, { web: { kind: "Job" } }],
  Placeholder: [{ web: { template: { priority: -10 } } }],
  ControlledByOther: [{ web: { controlledBy: "Rollout/web" } }],
  ForeignOwner: [
    { web: { placementOwner: "kubectl-client-side-apply" } },
    { web: { placementOwner: "vpa", placementField: "tolerations" } },
    { web: { placementOwner: "its last applied configuration", placementField: "tolerations: []" } },
    { web: { placement: "spot", placementOwner: "vpa" }, on: ["s1"] },
    { web: { placement: "spot", placementOwner: "vpa" }, on: ["r1"] },
  ],
  StatefulSetNotOptedIn: [{ web: { kind: "StatefulSet", replicas: 2 }, on: ["r1", "r1"] }],
} satisfies Partial<Record<RefusalReason, Case[]>>;

function quietOnlyNow(web: Workload) {
  return buildPods(web, ["r1"], { usage: buildUsage({ cpu: 1, cpuOverWindow: 90 }) });
}

/** All of spot was lost so many hours ago. */
function lostAt(hoursAgo: number): AvailabilityState {
  return { at: noon - minute, losses: [{ at: noon - hoursAgo * 60 * minute, share: 1 }], spent: {} };
}
