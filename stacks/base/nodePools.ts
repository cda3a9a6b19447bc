// The pools that workloads run on: one regular, one or several spot. Apart from the cluster, so that a pool can be
// replaced without it (pulumi/pulumi-azure-native#4264).
import { AgentPool, type AgentPoolArgs } from "@pulumi/azure-native/containerservice/agentPool.js";
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import type { Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";
import { regularPoolLabels, spotPoolLabels, spotPoolTaints } from "../nodeLabels.ts";
import type { Network } from "./network.ts";

export function createNodePools(
  place: Place,
  { regularPool, spotPools, kubernetesVersion }: BaseConfig,
  {
    network,
    cluster,
    lastVersion,
  }: { network: Network; cluster: ManagedCluster; lastVersion: string | undefined },
): void {
  // Patches come by the upgrade channel; another minor version is asked for, after the control plane has it.
  const versionIsAzures = kubernetesVersion === lastVersion;
  const create = (
    pool: BaseConfig["regularPool"],
    args: Pick<AgentPoolArgs, "scaleSetPriority" | "nodeLabels" | "nodeTaints"> & Partial<AgentPoolArgs>,
  ) =>
    new AgentPool(
      `pool-${pool.name}`,
      {
        resourceGroupName: place.resourceGroupName,
        resourceName: cluster.name,
        agentPoolName: pool.name,
        mode: "User",
        type: "VirtualMachineScaleSets",
        vmSize: pool.vmSize,
        enableAutoScaling: true,
        minCount: pool.min,
        maxCount: pool.max,
        // It must be there (pulumi-azure-native#2943), and may be 0 (Azure/AKS#4404): a spot size that is sold out or has
        // no quota must not fail the pool.
        count: pool.min,
        orchestratorVersion: kubernetesVersion,
        osType: "Linux",
        osSKU: "AzureLinux",
        osDiskSizeGB: 32,
        vnetSubnetID: network.nodeSubnet.id,
        ...(pool.zones.length > 0 && { availabilityZones: pool.zones }),
        tags: place.tags,
        ...args,
      },
      // The count is the autoscaler's from here on.
      { ignoreChanges: ["count", ...(versionIsAzures ? ["orchestratorVersion"] : [])] },
    );

  create(regularPool, {
    scaleSetPriority: "Regular",
    nodeLabels: regularPoolLabels,
    nodeTaints: [],
    upgradeSettings: { maxSurge: "33%" },
  });
  for (const pool of spotPools)
    create(pool, {
      scaleSetPriority: "Spot",
      // With Deallocate the autoscaler would wait for nodes that never come back (Azure/AKS#5589).
      scaleSetEvictionPolicy: "Delete",
      spotMaxPrice: pool.maxPrice,
      nodeLabels: spotPoolLabels,
      nodeTaints: spotPoolTaints,
      // No upgradeSettings: spot pools refuse maxSurge.
    });
}
