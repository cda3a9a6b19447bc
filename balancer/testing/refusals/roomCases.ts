// Refusals for want of a node that takes the pods.
import type { RefusalReason, Workload } from "../../model.ts";
import { buildNode, buildPods, buildWorkload, gibibyte, noon } from "../builders.ts";
import { type Case, appIs, onSpot, onZonedNodes, regular, spot, volumes, zone } from "./case.ts";

/** As AKS makes regular nodes (https://github.com/Azure/AKS/issues/4761). */
const unlabeled = buildNode("regular", "r1", { labels: { "kubernetes.azure.com/priority": "" } });

const large = { allocatable: { cpu: 8000, memory: 32 * gibibyte, pods: 30 } };

const keeper = buildWorkload("keeper", {
  namespace: "x",
  template: { priority: -10, requests: { cpu: 2000, memory: 1000 } },
});

export const roomCases = {
  NoSpotNodes: [
    { parts: () => ({ nodes: [regular] }) },
    { parts: () => ({ nodes: [regular, { ...spot, taints: [...spot.taints, retiring] }] }) },
    // Ready, and its network is not: https://docs.cilium.io/en/stable/installation/taints/
    { parts: () => ({ nodes: [regular, { ...spot, ...young, taints: [...spot.taints, noAgent] }] }) },
    { policy: "{ namespaces: { demo: }, pools: { spot: { nodeLabels: {} } } }" }, // a cluster without spot
  ],
  NoCapacityOnSpot: [
    {
      web: { template: { requests: { cpu: 500, memory: 1000 } } },
      parts: () => ({ nodes: [regular, ...["s1", "s2", "s3"].map(smallSpot)] }),
    },
    { parts: () => ({ nodes: [regular, { ...spot, allocatable: { ...spot.allocatable, pods: 0 } }] }) },
    // One of two finds room, and fills the node.
    {
      ...{ web: { replicas: 2 }, on: ["r1", "r1"] },
      parts: () => ({ nodes: [regular, { ...spot, allocatable: { ...spot.allocatable, pods: 1 } }] }),
    },
    // Others' placeholders are theirs: on spot nobody preempts them for what only prefers it.
    { others: [[keeper, ["s1"]]] },
  ],
  NoCapacityOnRegular: [
    {
      ...onSpot,
      cpu: 0.6,
      parts: () => ({ nodes: [{ ...regular, allocatable: { ...regular.allocatable, pods: 0 } }, spot] }),
    },
    { ...onSpot, parts: () => ({ nodes: [{ ...spot, ready: false }] }) },
  ],
  AboveWaterMark: [{ web: { template: { requests: { cpu: 1950, memory: 1000 } } } }],
  NodeAffinity: [
    // The most lasting cause first: what no room, rest or quiet hour would change.
    { web: { template: { nodeSelector: { disk: "ssd" }, requests: { cpu: 1950, memory: 1000 } } } },
    { web: { template: { nodeSelector: { disk: "ssd" } } }, cpu: 0.6 },
    { web: { template: { nodeSelector: { disk: "ssd" } }, status: { available: 0 } } },
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
    // Whoever tolerates them is not made in its namespace.
    {
      parts: () => ({
        namespaces: [{ name: "demo", labels: {}, allowedTolerations: [{ key: "gpu", operator: "Exists" }] }],
      }),
    },
    // Keeps nobody away, and still outweighs the wish for spot.
    {
      parts: () => ({
        nodes: [regular, { ...spot, taints: [...spot.taints, { key: "slow", effect: "PreferNoSchedule" }] }],
      }),
    },
    // Tolerated, but not in what it does.
    {
      web: { template: { tolerations: [{ key: "gpu", operator: "Exists", effect: "NoExecute" }] } },
      parts: () => ({
        nodes: [regular, { ...spot, taints: [...spot.taints, { key: "gpu", effect: "NoSchedule" }] }],
      }),
    },
  ],
  VolumeZone: [
    { web: { template: { volumes: { ...volumes, zones: ["b"] } } }, parts: () => onZonedNodes("a", "b") },
    {
      web: {
        template: { volumes: { ...volumes, demands: [{ key: zone, operator: "NotIn", values: ["a"] }] } },
      },
      parts: () => onZonedNodes("a", "b"),
    },
  ],
  NoWayBack: [
    { parts: () => ({ nodes: [unlabeled, spot] }) },
    { parts: () => ({ nodes: [unlabeled, { ...regular, name: "r2", cordoned: true }, spot] }) },
    // It runs where it fits, and the regular nodes are smaller; a DaemonSet's pod takes room on each of them.
    ...[2100, 1950].map((cpu): Case => ({
      web: { template: { requests: { cpu, memory: 1000 } } },
      on: ["y1"],
      parts: () => ({ nodes: [buildNode("system", "y1", large), regular, buildNode("spot", "s1", large)] }),
      others: [[buildWorkload("agent", { kind: "DaemonSet", namespace: "kube-system" }), ["r1", "s1"]]],
    })),
    // So it does of memory, and of slots.
    ...[{ memory: 8 * gibibyte - 999 }, { pods: 1 }].map(({ memory = 1000, pods = 30 }): Case => ({
      web: { template: { requests: { cpu: 100, memory } } },
      on: ["y1"],
      parts: () => ({
        nodes: [
          buildNode("system", "y1", large),
          { ...regular, allocatable: { ...regular.allocatable, pods } },
          buildNode("spot", "s1", large),
        ],
      }),
      others: [
        [
          buildWorkload("agent", {
            ...{ kind: "DaemonSet", namespace: "kube-system" },
            template: { requests: { cpu: 1, memory: 1000 } },
          }),
          ["r1"],
        ],
      ],
    })),
    // One regular node there is, and it would not take it.
    {
      web: { template: { nodeSelector: { disk: "ssd" } } },
      parts: () => ({
        nodes: [
          buildNode("system", "r1", { labels: { disk: "ssd" } }),
          buildNode("regular", "r2"),
          buildNode("spot", "s1", { labels: { disk: "ssd" } }),
        ],
      }),
    },
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
    // Near pods that do not exist; only a group that likes itself may begin anywhere.
    {
      web: {
        template: {
          podAffinity: [{ topologyKey: "kubernetes.io/hostname", selector: appIs("nobody"), namespaces: [] }],
        },
      },
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
    // One zone, where it wants two: the second pod would be one ahead of a zone that does not exist.
    {
      web: {
        replicas: 2,
        template: {
          topologySpread: [{ topologyKey: zone, maxSkew: 1, minDomains: 2, selector: appIs("web") }],
        },
      },
      on: ["r1", "r1"],
      parts: () => onZonedNodes("a", "a"),
    },
  ],
  VolumeDriver: [
    {
      web: {
        template: { volumes: { ...volumes, drivers: ["disk.csi.azure.com", "secrets-store.csi.k8s.io"] } },
      },
      parts: () => ({
        nodes: [regular, { ...spot, lacksDrivers: ["nfs.csi.k8s.io", "secrets-store.csi.k8s.io"] }],
      }),
    },
  ],
  VolumeLimit: [
    {
      web: { template: { volumes: { ...volumes, attachments: new Map([["disk.csi.azure.com", 2]]) } } },
      parts: () => ({ nodes: [regular, { ...spot, attachable: new Map([["disk.csi.azure.com", 1]]) }] }),
    },
  ],
  HostPort: [
    {
      web: { template: { hostPorts: [{ port: 53, protocol: "UDP", hostIP: "" }] } },
      parts: (web) => ({
        pods: [
          ...buildPods(web, ["r1"]),
          ...buildPods(buildWorkload("dns", { namespace: "other" }), ["s1"], {
            workload: undefined,
            hostPorts: [{ port: 53, protocol: "UDP", hostIP: "10.0.0.1" }],
          }),
        ],
      }),
    },
    {
      web: { template: { hostPorts: [80] } },
      others: [[buildWorkload("proxy", { namespace: "other", template: { hostPorts: [80] } }), ["s1"]]],
    },
  ],
} satisfies Partial<Record<RefusalReason, Case[]>>;

/** Ready for ten of its thirty seconds. */
const young = { createdAt: noon - 30_000, readySince: noon - 10_000 };
const noAgent = { key: "node.cilium.io/agent-not-ready", effect: "NoExecute" } as const;
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
