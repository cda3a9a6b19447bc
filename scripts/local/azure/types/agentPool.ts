// AKS node pools: as resources, and how one looks to the machines, inline or not.
import { lastName, parentId } from "../ids.ts";
import type { Pool } from "../machines.ts";
import { type Inputs, at, listAt, numberAt, textAt } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { mustExist } from "../rules.ts";
import { poolRules } from "./poolRules.ts";
import { clusterPath, latestVersion } from "./versions.ts";

/** Spells a pool out: what Azure takes when the program says nothing. */
export function toPool(clusterId: string, name: string, inputs: unknown, cluster: Inputs): Pool {
  const min = numberAt(inputs, "minCount");
  const max = numberAt(inputs, "maxCount");
  const scales = at(inputs, "enableAutoScaling") === true && min !== undefined && max !== undefined;
  const labels = (at(inputs, "nodeLabels") ?? {}) as Inputs;
  return {
    id: `${clusterId}/agentPools/${name}`,
    clusterId,
    name,
    mode: at(inputs, "mode") === "System" ? "System" : "User",
    priority: at(inputs, "scaleSetPriority") === "Spot" ? "Spot" : "Regular",
    vmSize: textAt(inputs, "vmSize")!,
    count: numberAt(inputs, "count") ?? 1,
    ...(scales && { autoscaling: { min, max } }),
    maxPods: numberAt(inputs, "maxPods") ?? 250, // the default of Azure CNI overlay
    osDiskGiB: numberAt(inputs, "osDiskSizeGB") || 128,
    zones: listAt(inputs, "availabilityZones").map(String),
    region: textAt(cluster, "location") ?? "local",
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)])),
    taints: listAt(inputs, "nodeTaints").map(String),
    kubernetesVersion:
      textAt(inputs, "orchestratorVersion") ?? textAt(cluster, "kubernetesVersion") ?? latestVersion,
  };
}

export const agentPool: ResourceType = {
  token: "azure-native:containerservice:AgentPool",
  apiVersion: "2025-09-01",
  path: `${clusterPath}/agentPools/{agentPoolName}`,
  model: { package: "arm-containerservice", model: "AgentPool" },
  billed: true,
  policies: ["spot-never-system"],
  createOnly: [
    "vmSize",
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "spotMaxPrice",
    "osType",
    "osDiskSizeGB",
    "osDiskType",
    "maxPods",
    "vnetSubnetID",
    "availabilityZones",
  ],
  rules: poolRules,
  worldRules: [mustExist("vnetSubnetID")],
  outputs: (inputs) => ({
    count: numberAt(inputs, "count") ?? 1,
    mode: textAt(inputs, "mode") ?? "User",
    powerState: { code: "Running" },
    currentOrchestratorVersion: textAt(inputs, "orchestratorVersion") ?? latestVersion,
    nodeImageVersion: "AKSUbuntu-2404gen2containerd-202611.01.0",
  }),
  apply: ({ id, inputs, world, machines }) => {
    const cluster = world.find(parentId(id))!;
    return machines.applyPool(toPool(cluster.id, lastName(id), inputs, cluster.inputs));
  },
  remove: (resource, machines) => machines.deletePool(resource.id),
  drift: (resource, machines) => {
    const count = machines.poolCount(resource.id);
    return count === undefined ? {} : { count };
  },
};
