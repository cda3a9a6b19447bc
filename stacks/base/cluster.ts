// The AKS cluster with its system pool; the other pools are resources of their own (nodePools.ts).
import { listManagedClusterAdminCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterAdminCredentials.js";
import { listManagedClusterUserCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterUserCredentials.js";
import {
  ManagedCluster,
  type ManagedClusterArgs,
} from "@pulumi/azure-native/containerservice/managedCluster.js";
import { interpolate, secret, type Output } from "@pulumi/pulumi";
import { nodeGroupName, type Place } from "../azure.ts";
import { addressAt } from "../config/addresses.ts";
import type { BaseConfig } from "../config/base.ts";
import { systemPoolTaints } from "../nodeLabels.ts";
import { plainNow } from "../plain.ts";
import type { ClusterIdentity } from "./identity.ts";
import type { Network } from "./network.ts";

export interface Cluster {
  cluster: ManagedCluster;
  /** YAML, secret. */
  kubeconfig: Output<string>;
  /** All that the program states of it, as text. */
  asked: string;
}

/**
 * A GET lists every pool inline, with the versions that upgrades brought, and azure-native takes what changed there for
 * inputs (pulumi-azure-native#1532, #2059). So these two drift each night, while the program has nothing to say.
 */
const azuresOwn = ["agentPoolProfiles", "kubernetesVersion"];

/** @param lastAsked `asked` of the last run; undefined before the first */
export function createCluster(
  place: Place,
  config: BaseConfig,
  {
    network,
    identity,
    lastAsked,
  }: { network: Network; identity: ClusterIdentity; lastAsked: string | undefined },
): Cluster {
  const args = clusterArgs(place, config, network, identity);
  const asked = JSON.stringify(plainNow(args));
  const cluster = new ManagedCluster("cluster", args, {
    dependsOn: identity.subnetRole,
    // Once the program asks for something else, all that it states is sent, with the system pool alone: a PUT deletes no
    // pool that it leaves out (#1686), and recorded pools must not be sent again (#2719).
    ignoreChanges: asked === lastAsked ? azuresOwn : [],
  });
  return { cluster, kubeconfig: kubeconfigOf(place, config, cluster), asked };
}

function clusterArgs(
  place: Place,
  config: BaseConfig,
  network: Network,
  identity: ClusterIdentity,
): ManagedClusterArgs {
  const { systemPool, kubernetesVersion } = config;
  return {
    ...place.at,
    resourceName: place.name("aks"),
    nodeResourceGroup: nodeGroupName(place),
    dnsPrefix: place.name("aks"),
    kubernetesVersion,
    sku: { name: "Base", tier: config.clusterTier },
    identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
    enableRBAC: true,
    disableLocalAccounts: !config.localAccounts,
    aadProfile: { managed: true, enableAzureRBAC: true, adminGroupObjectIDs: config.adminGroupIds },
    agentPoolProfiles: [
      {
        name: systemPool.name,
        mode: "System",
        type: "VirtualMachineScaleSets",
        // The same as the control plane's, in the same request: the only other version that AKS takes here
        // (NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged, pulumi-azure-native#2094).
        orchestratorVersion: kubernetesVersion,
        vmSize: systemPool.vmSize,
        count: systemPool.count,
        enableAutoScaling: false,
        osType: "Linux",
        osSKU: "AzureLinux",
        osDiskSizeGB: 32, // the default is 128, and paid for
        vnetSubnetID: network.nodeSubnet.id,
        nodeTaints: systemPoolTaints,
        ...(systemPool.zones.length > 0 && { availabilityZones: systemPool.zones }),
        upgradeSettings: { maxSurge: "33%" },
        tags: place.tags,
      },
    ],
    networkProfile: networkProfile(config),
    apiServerAccessProfile: config.privateCluster
      ? { enablePrivateCluster: true }
      : { authorizedIPRanges: authorizedRanges(config, network) },
    oidcIssuerProfile: { enabled: true },
    securityProfile: {
      workloadIdentity: { enabled: true },
      imageCleaner: { enabled: true, intervalHours: 168 },
    },
    autoUpgradeProfile: { upgradeChannel: "patch", nodeOSUpgradeChannel: "NodeImage" },
    autoScalerProfile,
    ...(config.sshPublicKey && {
      linuxProfile: { adminUsername: "azureuser", ssh: { publicKeys: [{ keyData: config.sshPublicKey }] } },
    }),
  };
}

/** Of the load balancer's addresses AKS sees to itself; through a NAT gateway nodes come from its address: azure-docs#111834. */
const authorizedRanges = ({ authorizedIpRanges }: BaseConfig, { natAddress }: Network) =>
  natAddress && authorizedIpRanges.length > 0
    ? [...authorizedIpRanges, interpolate`${natAddress}/32`]
    : authorizedIpRanges;

/** Overlay: pods take no addresses of the VNET. Cilium: its data plane enforces network policies. */
const networkProfile = (config: BaseConfig) => ({
  networkPlugin: "azure",
  networkPluginMode: "overlay",
  networkDataplane: "cilium",
  networkPolicy: "cilium",
  podCidr: config.podRange,
  serviceCidr: config.serviceRange,
  dnsServiceIP: addressAt(config.serviceRange, 10),
  loadBalancerSku: "standard",
  outboundType: config.natGateway ? "userAssignedNATGateway" : "loadBalancer",
});

/** Tuned for spot nodes, which come and go. All values are text, as the API wants them. */
const autoScalerProfile = {
  // Not "priority", which AKS' blog advises for spot (https://blog.aks.azure.com/2025/07/17/Scaling-safely-with-spot-on-aks):
  // it falls back from spot to regular for pods that may run on both, and ours may not. What grows the spot pools is
  // the balancer's placeholders, which require spot nodes, so the choice is only among spot pools. There the least
  // waste is the smallest size that fits, and one that is sold out backs off and leaves the others to be tried.
  expander: "least-waste",
  // A node that moves have emptied goes 5 to 13 min later: a verdict "unremovable" from before holds for 5 min (its recheck
  // time, which AKS does not let us set), then this time begins. Not 5 min or less: in that time a half-empty spot node
  // would be drained back to the regular node just emptied (seen with autoscaler 1.36.1).
  scaleDownUnneededTime: "8m",
  scaleDownDelayAfterAdd: "5m",
  // A spot size that is sold out is given up early, so that another pool is tried.
  maxNodeProvisionTime: "10m",
  // Lost spot nodes stay "unready" for a while: that must not stop the autoscaler (defaults: 3 and 45 %).
  okTotalUnreadyCount: "10",
  maxTotalUnreadyPercentage: "60",
  scaleDownUnreadyTime: "5m",
  balanceSimilarNodeGroups: "true",
  skipNodesWithLocalStorage: "false",
  skipNodesWithSystemPods: "true",
};

/**
 * With Entra ID the user's credentials always name kubelogin (`exec`), which signs in there; those of the local account
 * are another call: Azure/AKS#2664.
 */
function kubeconfigOf(place: Place, config: BaseConfig, cluster: ManagedCluster): Output<string> {
  const which = { resourceGroupName: place.resourceGroupName, resourceName: cluster.name };
  const credentials = config.localAccounts
    ? listManagedClusterAdminCredentialsOutput(which)
    : listManagedClusterUserCredentialsOutput({ ...which, format: "exec" });
  return secret(
    credentials.kubeconfigs.apply(([first]) => {
      if (!first) throw new Error("Azure returned no kubeconfig for the cluster");
      return Buffer.from(first.value, "base64").toString("utf8");
    }),
  );
}
