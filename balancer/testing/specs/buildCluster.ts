// Builds the cluster that a spec describes: its nodes and their fate, its pods where the scheduler puts them.
import type { Node } from "../../model.ts";
import { SimCluster } from "../simCluster.ts";
import { schedule } from "../simCluster/scheduler.ts";
import { buildNode, gibibyte, minute, noon } from "../builders.ts";
import { type ClusterSpec, type NodeSpec, specPolicy } from "./clusterSpec.ts";
import { addWorkload, sendToSpot, toAutoscaler } from "./buildWorkloads.ts";

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
    if (flaw === "arriving") sendToSpot(cluster, `w${i}`);
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
  };
  cluster.extras = {
    poolHealth: [
      { pool: "aks-regular-0-vmss", health: "Healthy", backoff: false, minSize: 1, maxSize: spec.maxRegular },
    ],
    ...(spec.noUsage && { usageProblem: "Prometheus does not answer" }),
    autoscalers: spec.workloads.flatMap((each, i) =>
      each.flaw === "scaling" ? [toAutoscaler(each, `w${i}`)] : [],
    ),
  };
  return cluster;
}

const poolLabel = "kubernetes.azure.com/agentpool";

function toNode({ pool, second, cores, zone }: NodeSpec, name: string): Node {
  return buildNode(pool, name, {
    allocatable: { cpu: cores * 1000, memory: cores * 4 * gibibyte, pods: 8 },
    labels: { "topology.kubernetes.io/zone": zone, [poolLabel]: second ? `${pool}-second` : pool },
  });
}

function meetFate(cluster: SimCluster, name: string, fate: NodeSpec["fate"]): void {
  const node = cluster.nodes.get(name)!;
  const change = (changes: Partial<Node>) => cluster.nodes.set(name, { ...node, ...changes });
  if (fate === "condemned") change({ conditions: ["VMEventScheduled"] });
  if (fate === "notReady") change({ ready: false });
  if (fate === "cordoned") change({ cordoned: true });
  if (fate === "deleting") change({ deletingAt: noon });
  if (fate === "retiring") {
    change({ taints: [...node.taints, { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] });
  }
  if (fate === "gone") cluster.removeNode(name);
}
