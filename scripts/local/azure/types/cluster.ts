// AKS: clusters, node pools, maintenance windows.
import { type Change, type ResourceType, type Rule, parentId } from "../resourceType.ts";
import { type Inputs, at, isRecord, listAt, numberAt, textAt } from "../problem.ts";
import type { Pool } from "../machines.ts";
import { clusterRules, clusterWorldRules, kubernetesVersions } from "./clusterRules.ts";
import { mustExist, stableGuid } from "./identity.ts";
import { poolProblems } from "./poolRules.ts";

const clusters =
  "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";

const latest = kubernetesVersions.at(-1)!;

/** Spells a pool out: what Azure takes when the program says nothing. */
function toPool(clusterId: string, name: string, inputs: unknown, cluster: Inputs): Pool {
  const min = numberAt(inputs, "minCount");
  const max = numberAt(inputs, "maxCount");
  const scales = at(inputs, "enableAutoScaling") === true && min !== undefined && max !== undefined;
  const labels = at(inputs, "nodeLabels");
  return {
    id: `${clusterId}/agentPools/${name}`,
    clusterId,
    name,
    mode: at(inputs, "mode") === "System" ? "System" : "User",
    priority: at(inputs, "scaleSetPriority") === "Spot" ? "Spot" : "Regular",
    vmSize: textAt(inputs, "vmSize")!,
    count: numberAt(inputs, "count") ?? 1,
    ...(scales && { autoscaling: { min, max } }),
    // Azure CNI overlay and kubenet have different defaults; 250 is that of overlay, 110 of kubenet.
    maxPods:
      numberAt(inputs, "maxPods") ??
      (textAt(cluster, "networkProfile.networkPluginMode") === "overlay" ? 250 : 110),
    osDiskGiB: numberAt(inputs, "osDiskSizeGB") || 128,
    zones: listAt(inputs, "availabilityZones").map(String),
    region: textAt(cluster, "location") ?? "local",
    labels: isRecord(labels)
      ? Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
      : {},
    taints: listAt(inputs, "nodeTaints").map(String),
    kubernetesVersion:
      textAt(inputs, "orchestratorVersion") ?? textAt(cluster, "kubernetesVersion") ?? latest,
  };
}

const inlinePools = (id: string, inputs: Inputs): Pool[] =>
  listAt(inputs, "agentPoolProfiles").map((pool) => toPool(id, textAt(pool, "name")!, pool, inputs));

async function applyCluster({ id, inputs, world, machines }: Change): Promise<void> {
  const wanted = inlinePools(id, inputs);
  for (const pool of wanted) await machines.applyPool(pool);
  const before = world.find(id);
  for (const pool of before ? inlinePools(id, before.inputs) : []) {
    if (!wanted.some(({ name }) => name === pool.name)) await machines.deletePool(pool.id);
  }
}

function clusterOutputs(inputs: Inputs, id: string): Inputs {
  const name = textAt(inputs, "resourceName")!;
  const location = textAt(inputs, "location") ?? "";
  const group = textAt(inputs, "resourceGroupName")!;
  const nodeResourceGroup = textAt(inputs, "nodeResourceGroup") ?? `MC_${group}_${name}_${location}`;
  const fqdn = `${textAt(inputs, "dnsPrefix") ?? name}-${stableGuid(id).slice(0, 8)}.hcp.${location}.azmk8s.io`;
  const kubelet = `${id.split("/resourceGroups/")[0]}/resourceGroups/${nodeResourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}-agentpool`;
  const issuer = at(inputs, "oidcIssuerProfile.enabled") === true;
  return {
    fqdn,
    azurePortalFQDN: fqdn.replace(".hcp.", ".portal.hcp."),
    currentKubernetesVersion: textAt(inputs, "kubernetesVersion") ?? latest,
    kubernetesVersion: textAt(inputs, "kubernetesVersion") ?? latest,
    nodeResourceGroup,
    maxAgentPools: 100,
    powerState: { code: "Running" },
    resourceUID: stableGuid(`cluster ${id}`),
    identity: {
      ...(at(inputs, "identity") as Inputs | undefined),
      ...(at(inputs, "identity.type") === "SystemAssigned" && { principalId: stableGuid(`principal ${id}`) }),
    },
    identityProfile: {
      kubeletidentity: {
        resourceId: kubelet,
        clientId: stableGuid(`client ${kubelet}`),
        objectId: stableGuid(`principal ${kubelet}`),
      },
    },
    ...(issuer && {
      oidcIssuerProfile: {
        enabled: true,
        issuerURL: `https://${location}.oic.prod-aks.azure.com/${stableGuid(id)}/`,
      },
    }),
  };
}

const maintenanceName: Rule = (inputs) => {
  const name = textAt(inputs, "configName");
  const known = ["default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"];
  if (name !== undefined && !known.includes(name)) {
    return [{ path: "configName", message: `expected one of ${known.join(", ")}, got ${name}` }];
  }
  return name !== "default" && name !== undefined && inputs["timeInWeek"] != null
    ? [
        {
          path: "timeInWeek",
          message: `is only for the configuration "default"; ${name} has a maintenanceWindow`,
        },
      ]
    : [];
};

export const clusterTypes: ResourceType[] = [
  {
    token: "azure-native:containerservice:ManagedCluster",
    apiVersion: "2025-09-01",
    path: clusters,
    model: { package: "arm-containerservice", model: "ManagedCluster" },
    naming: "random",
    createOnly: [
      "dnsPrefix",
      "fqdnSubdomain",
      "nodeResourceGroup",
      "networkProfile.serviceCidr",
      "networkProfile.podCidr",
      "networkProfile.dnsServiceIP",
      "networkProfile.networkPlugin",
      "linuxProfile",
      "diskEncryptionSetID",
      "apiServerAccessProfile.enablePrivateCluster",
      "agentPoolProfiles.*.vmSize",
      "agentPoolProfiles.*.name",
      "agentPoolProfiles.*.vnetSubnetID",
      "agentPoolProfiles.*.osDiskSizeGB",
      "agentPoolProfiles.*.availabilityZones",
    ],
    rules: clusterRules,
    worldRules: clusterWorldRules,
    outputs: clusterOutputs,
    apply: applyCluster,
    remove: (resource, machines) => machines.deleteCluster(resource.id),
  },
  {
    token: "azure-native:containerservice:AgentPool",
    apiVersion: "2025-09-01",
    path: `${clusters}/agentPools/{agentPoolName}`,
    model: { package: "arm-containerservice", model: "AgentPool" },
    naming: "copy",
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
      "podSubnetID",
      "availabilityZones",
      "enableNodePublicIP",
      "enableFIPS",
    ],
    rules: [poolProblems],
    worldRules: [mustExist("vnetSubnetID"), mustExist("podSubnetID")],
    outputs: (inputs) => ({
      count: numberAt(inputs, "count") ?? 1,
      mode: textAt(inputs, "mode") ?? "User",
      powerState: { code: "Running" },
      currentOrchestratorVersion: textAt(inputs, "orchestratorVersion") ?? latest,
      nodeImageVersion: "AKSUbuntu-2404gen2containerd-202611.01.0",
    }),
    apply: async ({ id, inputs, world, machines }) => {
      const cluster = world.find(parentId(id))!;
      await machines.applyPool(toPool(cluster.id, textAt(inputs, "agentPoolName")!, inputs, cluster.inputs));
    },
    remove: (resource, machines) => machines.deletePool(resource.id),
    drift: (resource, machines) => {
      const count = machines.poolCount(resource.id);
      return count === undefined ? {} : { count };
    },
  },
  {
    token: "azure-native:containerservice:MaintenanceConfiguration",
    apiVersion: "2025-09-01",
    path: `${clusters}/maintenanceConfigurations/{configName}`,
    model: { package: "arm-containerservice", model: "MaintenanceConfiguration" },
    naming: "copy",
    rules: [maintenanceName],
  },
];
