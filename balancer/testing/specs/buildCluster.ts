// Builds the cluster that a spec describes: its nodes and their fate, its pods where the scheduler puts them.
import type { Node, PoolHealth } from "../../model.ts";
import { SimCluster } from "../simCluster.ts";
import { schedule } from "../simCluster/scheduler.ts";
import { buildNode, gibibyte, minute, noon } from "../builders.ts";
import { type AutoscalerState, type ClusterSpec, type NodeSpec, specPolicy } from "./clusterSpec.ts";
import { addWorkload, leaveWaiting, sendToSpot, toAutoscaler } from "./buildWorkloads.ts";

/** Pods are where the scheduler would have put them; only then the nodes meet their fate. */
export function buildCluster(spec: ClusterSpec): SimCluster {
  const policy = specPolicy(spec);
  const cluster = new SimCluster(policy, noon);
  spec.nodes.forEach((node, i) => {
    const view = toNode(node, `${node.pool}-${i}`);
    cluster.nodes.set(view.name, view);
  });
  spec.workloads.forEach((each, i) => addWorkload(cluster, each, `w${i}`));
  if (spec.teamMinAvailable !== undefined) {
    const selector = [{ key: "team", operator: "In" as const, values: ["x"] }];
    cluster.budgets.push({ namespace: "demo", name: "team", minAvailable: spec.teamMinAvailable, selector });
  }
  schedule(cluster);
  spec.workloads.forEach(({ flaw }, i) => {
    if (flaw === "arriving") sendToSpot(cluster, `w${i}`, 1);
    if (flaw === "stuck") sendToSpot(cluster, `w${i}`, 15);
    if (flaw === "waiting" || flaw === "splitStuck") leaveWaiting(cluster, `w${i}`);
  });
  const used = new Set([...cluster.pods.values()].map(({ pod }) => pod.nodeName));
  const spotNodes = [...cluster.nodes.values()].filter(
    ({ name }) => name.startsWith("spot") && used.has(name),
  );
  const spotNodesByPool = Map.groupBy(spotNodes, ({ labels }) => labels[poolLabel]!);
  spec.nodes.forEach(({ pool, fate }, i) => meetFate(cluster, `${pool}-${i}`, fate));
  cluster.state = {
    spotNodesByPool: Object.fromEntries(
      [...spotNodesByPool].map(([pool, nodes]) => [pool, nodes.map(({ name }) => name)]),
    ),
    spotLosses: (spec.lossesMinutesAgo ?? []).map((ago, i) => ({
      node: `old-${i}`,
      pool: "spot",
      at: noon - ago * minute,
    })),
    evictions: [],
    tries: Object.fromEntries(
      spec.workloads.flatMap((each, i) => {
        const { cameToNothing: result, kind = "Deployment", namespace } = each;
        if (!result) return [];
        const at = noon - minute;
        return [[`${kind}/${namespace}/w${i}`, { at, failedAt: at, placement: "spot", failed: 1, result }]];
      }),
    ),
    ...(spec.allLostHoursAgo !== undefined && {
      availability: {
        at: noon - minute,
        losses: [{ at: noon - spec.allLostHoursAgo * 60 * minute, share: 1 }],
        spent: spec.overdrawn ? { low: 1e9, standard: 1e9 } : {},
      },
    }),
  };
  cluster.extras = {
    poolHealth: poolHealthOf(spec),
    namespaces: [{ name: "demo", labels: {}, ...(spec.closing && { deletingAt: noon }) }],
    ...(spec.quota && {
      quotas: [
        {
          ...{ namespace: "demo", name: "quota", left: spec.quota.left },
          ...(spec.quota.ofImportant && {
            scopes: [{ of: "PriorityClass" as const, operator: "In" as const, values: ["important"] }],
          }),
        },
      ],
    }),
    ...(spec.noUsage && { usageProblem: "Prometheus does not answer" }),
    autoscalers: spec.workloads.flatMap((each, i) =>
      /^(scaling|scaled|steady)$/.test(each.flaw ?? "") ? [toAutoscaler(each, `w${i}`)] : [],
    ),
  };
  return cluster;
}

/** The autoscaler's names of groups are longer than the pools' own. */
function poolHealthOf({ autoscaler = {}, maxRegular }: ClusterSpec): PoolHealth[] {
  const { regular = "healthy", spot = "silent" } = autoscaler;
  const entry = (pool: string, state: AutoscalerState, sizes: Partial<PoolHealth>): PoolHealth[] =>
    state === "silent"
      ? []
      : ["", "second-"].map((part) => ({
          pool: `aks-${pool}-${part}0-vmss`,
          health: state === "unhealthy" ? "Unhealthy" : "Healthy",
          backoff: state === "backoff",
          ...sizes,
        }));
  return [...entry("regular", regular, { minSize: 1, maxSize: maxRegular }), ...entry("spot", spot, {})];
}

const poolLabel = "kubernetes.azure.com/agentpool";

function toNode({ pool, second, cores, zone, taint }: NodeSpec, name: string): Node {
  const effect = taint === "advises" ? "PreferNoSchedule" : "NoSchedule";
  const node = buildNode(pool, name, {
    allocatable: { cpu: cores * 1000, memory: cores * 4 * gibibyte, pods: 8 },
    ...(pool === "spot" && {
      attachable: new Map([["disk.csi.azure.com", 4]]),
      lacksDrivers: ["secrets-store.csi.k8s.io"],
    }),
    labels: { "topology.kubernetes.io/zone": zone, [poolLabel]: second ? `${pool}-second` : pool },
  });
  return taint ? { ...node, taints: [...node.taints, { key: "example.com/special", effect }] } : node;
}

function meetFate(cluster: SimCluster, name: string, fate: NodeSpec["fate"]): void {
  const node = cluster.nodes.get(name)!;
  const change = (changes: Partial<Node>) => cluster.nodes.set(name, { ...node, ...changes });
  if (fate === "condemned") change({ conditions: ["VMEventScheduled"] });
  if (fate === "outOfService") {
    change({ taints: [...node.taints, { key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }] });
  }
  if (fate === "notReady") change({ ready: false });
  if (fate === "cordoned") change({ cordoned: true });
  if (fate === "deleting") change({ deletingAt: noon });
  if (fate === "retiring") {
    change({ taints: [...node.taints, { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] });
  }
  if (fate === "gone") cluster.removeNode(name);
}
