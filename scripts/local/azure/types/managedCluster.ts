// AKS clusters with their inline pools, and the credentials that one gets for them.
import { lastName, stableGuid } from "../ids.ts";
import type { Pool } from "../machines.ts";
import { type Inputs, at, listAt, textAt } from "../problem.ts";
import type { Ask, Change, ResourceType } from "../resourceType.ts";
import { toPool } from "./agentPool.ts";
import { clusterRules, clusterWorldRules } from "./clusterRules.ts";
import { clusterPath, latestVersion } from "./versions.ts";

const inlinePools = (id: string, inputs: Inputs): Pool[] =>
  listAt(inputs, "agentPoolProfiles").map((pool) => toPool(id, textAt(pool, "name")!, pool, inputs));

async function apply({ id, inputs, world, machines }: Change): Promise<void> {
  const wanted = inlinePools(id, inputs);
  for (const pool of wanted) await machines.applyPool(pool);
  const before = world.find(id);
  for (const pool of before ? inlinePools(id, before.inputs) : []) {
    if (!wanted.some(({ name }) => name === pool.name)) await machines.deletePool(pool.id);
  }
}

function outputs(inputs: Inputs, id: string): Inputs {
  const name = lastName(id);
  const location = textAt(inputs, "location") ?? "";
  const group = textAt(inputs, "resourceGroupName")!;
  const nodeResourceGroup = textAt(inputs, "nodeResourceGroup") ?? `MC_${group}_${name}_${location}`;
  const fqdn = `${textAt(inputs, "dnsPrefix")}-${stableGuid(id).slice(0, 8)}.hcp.${location}.azmk8s.io`;
  const kubelet = `${id.split("/resourceGroups/")[0]}/resourceGroups/${nodeResourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}-agentpool`;
  const version = textAt(inputs, "kubernetesVersion") ?? latestVersion;
  return {
    fqdn,
    azurePortalFQDN: fqdn.replace(".hcp.", ".portal.hcp."),
    currentKubernetesVersion: version,
    kubernetesVersion: version,
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
    ...(at(inputs, "oidcIssuerProfile.enabled") === true && {
      oidcIssuerProfile: {
        enabled: true,
        issuerURL: `https://${location}.oic.prod-aks.azure.com/${stableGuid(id)}/`,
      },
    }),
  };
}

const credentials =
  (name: "clusterUser" | "clusterAdmin"): Ask =>
  async ({ id, inputs }, machines) => {
    if (name === "clusterAdmin" && at(inputs, "disableLocalAccounts") === true) {
      throw new Error(`the local accounts of ${id} are disabled: ask for the user's credentials`);
    }
    const value = Buffer.from(await machines.kubeconfig()).toString("base64");
    return { kubeconfigs: [{ name, value }] };
  };

export const managedCluster: ResourceType = {
  token: "azure-native:containerservice:ManagedCluster",
  apiVersion: "2025-09-01",
  path: clusterPath,
  model: { package: "arm-containerservice", model: "ManagedCluster" },
  billed: true,
  policies: ["no-local-accounts", "spot-never-system"],
  createOnly: [
    "dnsPrefix",
    "nodeResourceGroup",
    "networkProfile.serviceCidr",
    "networkProfile.podCidr",
    "networkProfile.dnsServiceIP",
    "networkProfile.networkPlugin",
    "linuxProfile",
    "apiServerAccessProfile.enablePrivateCluster",
    "agentPoolProfiles.*.vmSize",
    "agentPoolProfiles.*.name",
    "agentPoolProfiles.*.vnetSubnetID",
    "agentPoolProfiles.*.osDiskSizeGB",
    "agentPoolProfiles.*.availabilityZones",
  ],
  rules: clusterRules,
  worldRules: clusterWorldRules,
  outputs,
  apply,
  remove: (resource, machines) => machines.deleteCluster(resource.id),
  functions: {
    listManagedClusterUserCredentials: credentials("clusterUser"),
    listManagedClusterAdminCredentials: credentials("clusterAdmin"),
  },
};
