// The AKS cluster with its system pool; the other pools are resources of their own (nodePools.ts).
import { listManagedClusterUserCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterUserCredentials.js";
import { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import { secret, type Output } from "@pulumi/pulumi";
import type { Place } from "../azure.ts";
import { addressAt } from "../config/addresses.ts";
import type { BaseConfig } from "../config/base.ts";
import { systemPoolTaints } from "../nodeLabels.ts";
import type { ClusterIdentity } from "./identity.ts";
import type { Network } from "./network.ts";

export interface Cluster {
  cluster: ManagedCluster;
  /** YAML, secret. */
  kubeconfig: Output<string>;
}

export function createCluster(
  place: Place,
  config: BaseConfig,
  { network, identity }: { network: Network; identity: ClusterIdentity },
): Cluster {
  const { systemPool } = config;
  const cluster = new ManagedCluster(
    "cluster",
    {
      ...place.at,
      resourceName: place.name("aks"),
      nodeResourceGroup: `${place.name("rg")}-nodes`,
      dnsPrefix: place.name("aks"),
      kubernetesVersion: config.kubernetesVersion,
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
        : { authorizedIPRanges: config.authorizedIpRanges },
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
    },
    // The upgrade channel raises the version by itself; a changed minor version is for the stack to ask for.
    { dependsOn: identity.subnetRole },
  );
  return { cluster, kubeconfig: kubeconfigOf(place, cluster) };
}

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
  // Cheapest is not known to it; least waste packs the pools that we offer.
  expander: "least-waste",
  // Work that the balancer moved away must not keep an empty node for long.
  scaleDownUnneededTime: "5m",
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

/** With local accounts off it names kubelogin (`exec`), which signs in by Entra ID. */
function kubeconfigOf(place: Place, cluster: ManagedCluster): Output<string> {
  const credentials = listManagedClusterUserCredentialsOutput({
    resourceGroupName: place.resourceGroupName,
    resourceName: cluster.name,
    format: "exec",
  });
  return secret(
    credentials.kubeconfigs.apply(([first]) => {
      if (!first) throw new Error("Azure returned no kubeconfig for the cluster");
      return Buffer.from(first.value, "base64").toString("utf8");
    }),
  );
}
