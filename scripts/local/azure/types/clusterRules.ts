// What AKS refuses of a cluster as a whole.
import { contains, isRange, overlap, parseAddress, parseRange, rangesAt } from "../addresses.ts";
import { parentId } from "../ids.ts";
import { type Inputs, at, isRecord, listAt, textAt } from "../problem.ts";
import type { Rule, WorldRule } from "../resourceType.ts";
import { matching, refuse, required } from "../rules.ts";
import { upgradeRules } from "./clusterUpgrades.ts";
import { inlinePoolRules } from "./poolRules.ts";
import { hasRole } from "./roleAssignment.ts";
import { subnetRanges } from "./subnet.ts";
import { isSupported } from "./versions.ts";
import { networkRanges } from "./virtualNetwork.ts";

const pools = (inputs: Inputs): unknown[] => listAt(inputs, "agentPoolProfiles");

/** https://learn.microsoft.com/azure/aks/azure-cni-overlay, https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium */
const network = (inputs: Inputs, key: string): string | undefined => textAt(inputs, `networkProfile.${key}`);
/** Upstream's default when a program leaves the service range out. */
const serviceRange = (inputs: Inputs) => parseRange(network(inputs, "serviceCidr") ?? "10.0.0.0/16");

const networking: readonly Rule[] = [
  isRange("networkProfile.serviceCidr"),
  isRange("networkProfile.podCidr"),
  refuse(
    "networkProfile.podCidr",
    (inputs) => {
      const [service, pod] = [serviceRange(inputs), parseRange(network(inputs, "podCidr") ?? "")];
      return service && pod && overlap(service, pod);
    },
    (inputs) => `${network(inputs, "podCidr")} overlaps the services' ${serviceRange(inputs)!.text}`,
  ),
  refuse(
    "networkProfile.dnsServiceIP",
    (inputs) => {
      const [service, text] = [serviceRange(inputs), network(inputs, "dnsServiceIP")];
      const address = parseAddress(text ?? "") ?? -1;
      // The first address is Kubernetes' own.
      return service && text !== undefined && (address <= service.first + 1 || address > service.last);
    },
    (inputs) =>
      `${network(inputs, "dnsServiceIP")} is no free address of the services' ${serviceRange(inputs)!.text}`,
  ),
  refuse(
    "networkProfile.networkPluginMode",
    (inputs) =>
      network(inputs, "networkPluginMode") === "overlay" &&
      (network(inputs, "networkPlugin") ?? "azure") !== "azure",
    'overlay needs networkPlugin: "azure"',
  ),
  refuse(
    "networkProfile.networkPolicy",
    (inputs) =>
      network(inputs, "networkPolicy") === "cilium" && network(inputs, "networkDataplane") !== "cilium",
    'cilium needs networkDataplane: "cilium"',
  ),
  refuse(
    "networkProfile.networkPolicy",
    (inputs) =>
      network(inputs, "networkPolicy") === "calico" && network(inputs, "networkDataplane") === "cilium",
    "the cilium dataplane enforces policies itself, calico cannot",
  ),
];

/**
 * https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad,
 * https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges
 */
const access: readonly Rule[] = [
  refuse(
    "disableLocalAccounts",
    (inputs) => at(inputs, "disableLocalAccounts") === true && at(inputs, "aadProfile.managed") !== true,
    "without aadProfile.managed nobody could sign in",
  ),
  refuse(
    "aadProfile.enableAzureRBAC",
    (inputs) => at(inputs, "aadProfile.enableAzureRBAC") === true && at(inputs, "enableRBAC") === false,
    "needs enableRBAC",
  ),
  refuse(
    "apiServerAccessProfile.authorizedIPRanges",
    (inputs) =>
      at(inputs, "apiServerAccessProfile.enablePrivateCluster") === true &&
      listAt(inputs, "apiServerAccessProfile.authorizedIPRanges").length > 0,
    "a private cluster has none: remove one of both",
  ),
  isRange("apiServerAccessProfile.authorizedIPRanges", true),
];

export const clusterRules: readonly Rule[] = [
  refuse(
    "agentPoolProfiles",
    ({ agentPoolProfiles: pools }) => pools == null || (Array.isArray(pools) && pools.length === 0),
    "is missing: a cluster starts with one system pool",
  ),
  refuse(
    "agentPoolProfiles",
    ({ agentPoolProfiles: pools }) =>
      Array.isArray(pools) &&
      pools.length > 0 &&
      !pools.some((pool) => !isRecord(pool) || at(pool, "mode") === "System"),
    'one pool must have mode: "System"',
  ),
  inlinePoolRules,
  required("identity", "is missing: a cluster needs an identity"),
  required("dnsPrefix"),
  matching(
    "dnsPrefix",
    /^[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?$/,
    "1 to 54 letters, digits and hyphens",
  ),
  isSupported("kubernetesVersion"),
  ...networking,
  ...access,
];

const identities = (inputs: Inputs): string[] =>
  listAt(inputs, "identity.userAssignedIdentities").map(String);

const subnets = (inputs: Inputs): { path: string; id: string }[] =>
  pools(inputs).flatMap((pool, index) => {
    const id = textAt(pool, "vnetSubnetID");
    return id === undefined ? [] : [{ path: `agentPoolProfiles[${index}].vnetSubnetID`, id }];
  });

const everythingThere: WorldRule = (inputs, world) =>
  [...subnets(inputs), ...identities(inputs).map((id) => ({ path: "identity.userAssignedIdentities", id }))]
    .filter(({ id }) => !world.find(id))
    .map(({ path, id }) => ({ path, message: `there is no resource ${id}` }));

/** AKS joins machines to the subnet as the cluster's identity: https://learn.microsoft.com/azure/aks/use-managed-identity */
const identityMayJoin: WorldRule = (inputs, world) => {
  const [principal] = identities(inputs).flatMap(
    (id) => textAt(world.find(id)?.outputs, "principalId") ?? [],
  );
  if (principal === undefined) return [];
  return subnets(inputs)
    .filter(({ id }) => !hasRole(principal, id, world))
    .map(({ path, id }) => ({
      path,
      message: `the cluster's identity has no role on ${id}: assign Network Contributor before the cluster (dependsOn)`,
    }));
};

/** Pods and services may not share addresses with the nodes' network: https://learn.microsoft.com/azure/aks/azure-cni-overlay */
const rangesApart: WorldRule = (inputs, world) => {
  const nodes = subnets(inputs).flatMap(({ id }) => [
    ...networkRanges(world.find(parentId(id))?.inputs),
    ...subnetRanges(world.find(id)?.inputs),
  ]);
  const mine = { serviceCidr: serviceRange(inputs), podCidr: parseRange(network(inputs, "podCidr") ?? "") };
  return Object.entries(mine).flatMap(([key, range]) => {
    const hit = range && nodes.find((node) => overlap(range, node) || contains(range, node));
    return hit
      ? [
          {
            path: `networkProfile.${key}`,
            message: `${range.text} overlaps the virtual network's ${hit.text}`,
          },
        ]
      : [];
  });
};

/**
 * Of the load balancer's addresses AKS sees to itself; those of a NAT gateway of one's own must be in the list, or no node
 * ever reaches the API server: MicrosoftDocs/azure-docs#111834, jenkins-infra/azure#596.
 */
const nodesGetIn: WorldRule = (inputs, world) => {
  const path = "apiServerAccessProfile.authorizedIPRanges";
  const ranges = rangesAt(inputs, path, true);
  if (network(inputs, "outboundType") !== "userAssignedNATGateway" || ranges.length === 0) return [];
  return subnets(inputs).flatMap(({ id }) => {
    const gateway = world.find(textAt(world.find(id)?.inputs, "natGateway.id"));
    if (!gateway)
      return [{ path: "networkProfile.outboundType", message: `the subnet ${id} has no NAT gateway` }];
    return listAt(gateway.inputs, "publicIpAddresses")
      .map((reference) => textAt(world.find(textAt(reference, "id"))?.outputs, "ipAddress")!)
      .filter((address) => !ranges.some((range) => contains(range, parseRange(`${address}/32`)!)))
      .map((address) => ({
        path,
        message: `VMExtensionProvisioningError: no node reaches the API server, ${address} of the NAT gateway is not in the list: add ${address}/32`,
      }));
  });
};

export const clusterWorldRules: readonly WorldRule[] = [
  everythingThere,
  identityMayJoin,
  rangesApart,
  ...upgradeRules,
  nodesGetIn,
];
