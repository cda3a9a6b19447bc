// AKS node pools: as resources, and how one looks to the machines, inline or not.
import { lastName, parentId } from "../ids.ts";
import type { Pool } from "../machines.ts";
import { type Inputs, at, listAt, numberAt, textAt } from "../problem.ts";
import type { ResourceType, WorldRule } from "../resourceType.ts";
import { mustExist } from "../rules.ts";
import { poolRules } from "./poolRules.ts";
import {
  clusterPath,
  controlPlaneVersion,
  latestVersion,
  newestPatch,
  skewProblems,
  upgradeProblems,
  versionAfter,
} from "./versions.ts";

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

const image = (month: string): string => `AKSAzureLinux-V3gen2-${month}.01.0`;

/** What AKS adds to a pool, inline or not; `before` are the outputs that it had. */
export function poolOutputs(inputs: unknown, before: Inputs | undefined, controlPlane: string): Inputs {
  const asked = textAt(inputs, "orchestratorVersion");
  const running = textAt(before, "currentOrchestratorVersion");
  return {
    count: numberAt(inputs, "count") ?? 1,
    mode: textAt(inputs, "mode") ?? "User",
    powerState: { code: "Running" },
    provisioningState: "Succeeded",
    orchestratorVersion: asked ?? textAt(before, "orchestratorVersion") ?? controlPlane,
    currentOrchestratorVersion: versionAfter(asked, running, controlPlane),
    nodeImageVersion: textAt(before, "nodeImageVersion") ?? image("202611"),
  };
}

const versions: WorldRule = (inputs, world, id) => {
  const [pool, asked] = [world.find(id), textAt(inputs, "orchestratorVersion")];
  const running = textAt(pool?.outputs, "currentOrchestratorVersion");
  const controlPlane = controlPlaneVersion(world.find(parentId(id)));
  const path = "orchestratorVersion";
  return [
    ...skewProblems(path, versionAfter(asked, running, controlPlane), controlPlane),
    ...upgradeProblems(path, running, asked),
  ];
};

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
  worldRules: [mustExist("vnetSubnetID"), versions],
  outputs: (inputs, id, world) =>
    poolOutputs(inputs, world.find(id)?.outputs, controlPlaneVersion(world.find(parentId(id)))),
  apply: ({ id, inputs, world, machines }) => {
    const cluster = world.find(parentId(id))!;
    return machines.applyPool(toPool(cluster.id, lastName(id), inputs, cluster.inputs));
  },
  // Inline pools (they have a `name`) go with their cluster.
  remove: async (resource, machines) => {
    if (resource.inputs["name"] === undefined) await machines.deletePool(resource.id);
  },
  get: (resource, _world, machines) => {
    const count = machines.poolCount(resource.id);
    return count === undefined ? {} : { count };
  },
  // Upgraded by the channels "patch" and "NodeImage": hashicorp/terraform-provider-azurerm#26946.
  age: ({ outputs }) => {
    const version = newestPatch(textAt(outputs, "currentOrchestratorVersion") ?? latestVersion);
    return {
      orchestratorVersion: version,
      currentOrchestratorVersion: version,
      nodeImageVersion: image("202612"),
    };
  },
};
