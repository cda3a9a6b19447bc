// AKS clusters with their inline pools, and the credentials that one gets for them.
import { isSame, lastName, parentId, stableGuid } from "../ids.ts";
import { type Inputs, at, listAt, textAt } from "../problem.ts";
import type { Ask, Change, ResourceType, World } from "../resourceType.ts";
import { agentPool, poolOutputs, toPool } from "./agentPool.ts";
import { clusterRules, clusterWorldRules } from "./clusterRules.ts";
import { withKubelogin } from "./kubelogin.ts";
import { clusterPath, latestVersion, newestPatch, versionAfter } from "./versions.ts";

const inlinePools = (inputs: Inputs): Inputs[] => listAt(inputs, "agentPoolProfiles") as Inputs[];
const poolId = (id: string, pool: unknown): string => `${id}/agentPools/${textAt(pool, "name")}`;

/** Inline pools become agent pools; those that the list leaves out stay: pulumi/pulumi-azure-native#1686. */
async function apply({ id, urn, inputs, world, machines, put }: Change): Promise<void> {
  const pools = inlinePools(inputs);
  for (const pool of pools) await machines.applyPool(toPool(id, textAt(pool, "name")!, pool, inputs));
  const running = textAt(outputs(inputs, id, world), "currentKubernetesVersion")!;
  for (const pool of pools) {
    const before = world.find(poolId(id, pool));
    const filledIn = poolOutputs(pool, before?.outputs, running);
    put({
      id: poolId(id, pool),
      token: agentPool.token,
      urn,
      inputs: pool,
      outputs: { ...pool, ...filledIn },
    });
  }
}

/** A GET lists every pool inline, however it was made: pulumi/pulumi-azure-native#4264. */
const get: NonNullable<ResourceType["get"]> = ({ id }, world, machines) => ({
  agentPoolProfiles: world
    .list(agentPool.token)
    .filter((pool) => isSame(parentId(pool.id), id))
    .map((pool) => {
      const { azureApiVersion: _version, ...properties } = pool.outputs;
      // In a profile `type` is the kind of the pool, of the resource it is ARM's.
      const type = textAt(pool.inputs, "type") ?? "VirtualMachineScaleSets";
      return { ...properties, ...agentPool.get!(pool, world, machines), name: lastName(pool.id), type };
    }),
});

function outputs(inputs: Inputs, id: string, world: World): Inputs {
  const name = lastName(id);
  const location = textAt(inputs, "location") ?? "";
  const group = textAt(inputs, "resourceGroupName")!;
  const nodeResourceGroup = textAt(inputs, "nodeResourceGroup") ?? `MC_${group}_${name}_${location}`;
  const fqdn = `${textAt(inputs, "dnsPrefix")}-${stableGuid(id).slice(0, 8)}.hcp.${location}.azmk8s.io`;
  const kubelet = `${id.split("/resourceGroups/")[0]}/resourceGroups/${nodeResourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}-agentpool`;
  const asked = textAt(inputs, "kubernetesVersion");
  const before = world.find(id)?.outputs;
  return {
    fqdn,
    azurePortalFQDN: fqdn.replace(".hcp.", ".portal.hcp."),
    currentKubernetesVersion: versionAfter(asked, textAt(before, "currentKubernetesVersion"), latestVersion),
    kubernetesVersion: asked ?? textAt(before, "kubernetesVersion") ?? latestVersion,
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

/** With Entra ID a user signs in by kubelogin, whatever the local accounts are: Azure/AKS#2664. */
const userCredentials: Ask = async ({ inputs }, machines) => {
  const kubeconfig = await machines.kubeconfig();
  const value = at(inputs, "aadProfile.managed") === true ? withKubelogin(kubeconfig) : kubeconfig;
  return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(value).toString("base64") }] };
};

/** https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad */
const adminCredentials: Ask = async ({ inputs }, machines) => {
  if (at(inputs, "disableLocalAccounts") === true) {
    throw new Error(
      "BadRequest: Getting static credential is not allowed because this cluster is set to disable local accounts.",
    );
  }
  const value = Buffer.from(await machines.kubeconfig()).toString("base64");
  return { kubeconfigs: [{ name: "clusterAdmin", value }] };
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
  get,
  // By the upgrade channel: the alias 1.35 becomes a patch (Azure/AKS#3573, hashicorp/terraform-provider-azurerm#26946).
  age: ({ inputs, outputs }) => {
    if (textAt(inputs, "autoUpgradeProfile.upgradeChannel") !== "patch") return {};
    const version = newestPatch(textAt(outputs, "currentKubernetesVersion") ?? latestVersion);
    return { kubernetesVersion: version, currentKubernetesVersion: version };
  },
  remove: (resource, machines) => machines.deleteCluster(resource.id),
  functions: {
    listManagedClusterUserCredentials: userCredentials,
    listManagedClusterAdminCredentials: adminCredentials,
  },
};
