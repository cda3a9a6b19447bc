// What AKS refuses of a cluster as a whole.
import { addressAt, contains, isRange, overlaps } from "../../../../stacks/config/addresses.ts";
import { parentId } from "../ids.ts";
import { type Inputs, at, isRecord, listAt, textAt } from "../problem.ts";
import type { Rule, WorldRule } from "../resourceType.ts";
import { matching, range, rangesAt, refuse, refuseText, required, wrong } from "../rules.ts";
import { upgradeRules } from "./clusterUpgrades.ts";
import { inlinePoolRules } from "./poolRules.ts";
import { hasRole } from "./roleAssignment.ts";
import { subnetRanges } from "./subnet.ts";
import { isSupported } from "./versions.ts";
import { networkRanges } from "./virtualNetwork.ts";

const authorized = "apiServerAccessProfile.authorizedIPRanges";

/** https://learn.microsoft.com/azure/aks/azure-cni-overlay, https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium */
const network = (inputs: Inputs, key: string): string | undefined => textAt(inputs, `networkProfile.${key}`);
/** Upstream's default when a program leaves the service range out. */
const serviceRange = (inputs: Inputs): string => network(inputs, "serviceCidr") ?? "10.0.0.0/16";

const networking: readonly Rule[] = [
  range("networkProfile.serviceCidr"),
  range("networkProfile.podCidr"),
  refuseText("networkProfile.podCidr", (pods, inputs) => {
    const services = serviceRange(inputs);
    return overlaps(services, pods) && `${pods} overlaps the services' ${services}`;
  }),
  refuseText("networkProfile.dnsServiceIP", (address, inputs) => {
    const services = serviceRange(inputs);
    if (!isRange(services)) return undefined;
    // The first address is Kubernetes' own.
    const isFree =
      contains(services, `${address}/32`) && ![0, 1].some((index) => addressAt(services, index) === address);
    return !isFree && `${address} is no free address of the services' ${services}`;
  }),
  refuse(
    "networkProfile.networkPluginMode",
    (inputs) =>
      network(inputs, "networkPluginMode") === "overlay" &&
      (network(inputs, "networkPlugin") ?? "azure") !== "azure" &&
      'overlay needs networkPlugin: "azure"',
  ),
  refuse("networkProfile.networkPolicy", (inputs) => {
    const [policy, isCilium] = [
      network(inputs, "networkPolicy"),
      network(inputs, "networkDataplane") === "cilium",
    ];
    if (policy === "cilium") return !isCilium && 'cilium needs networkDataplane: "cilium"';
    return policy === "calico" && isCilium && "the cilium dataplane enforces policies itself, calico cannot";
  }),
];

/**
 * https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad,
 * https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges
 */
const access: readonly Rule[] = [
  refuse(
    "disableLocalAccounts",
    (inputs) =>
      at(inputs, "disableLocalAccounts") === true &&
      at(inputs, "aadProfile.managed") !== true &&
      "without aadProfile.managed nobody could sign in",
  ),
  refuse(
    "aadProfile.enableAzureRBAC",
    (inputs) =>
      at(inputs, "aadProfile.enableAzureRBAC") === true &&
      at(inputs, "enableRBAC") === false &&
      "needs enableRBAC",
  ),
  refuse(
    authorized,
    (inputs) =>
      at(inputs, "apiServerAccessProfile.enablePrivateCluster") === true &&
      listAt(inputs, authorized).length > 0 &&
      "a private cluster has none: remove one of both",
  ),
  range(authorized, true),
];

export const clusterRules: readonly Rule[] = [
  refuse("agentPoolProfiles", ({ agentPoolProfiles: pools }) => {
    if (pools == null || (Array.isArray(pools) && pools.length === 0))
      return "is missing: a cluster starts with one system pool";
    const hasSystem = ([] as unknown[])
      .concat(pools)
      .some((pool) => !isRecord(pool) || at(pool, "mode") === "System");
    return !hasSystem && 'one pool must have mode: "System"';
  }),
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
  listAt(inputs, "agentPoolProfiles").flatMap((pool, index) => {
    const id = textAt(pool, "vnetSubnetID");
    return id === undefined ? [] : [{ path: `agentPoolProfiles[${index}].vnetSubnetID`, id }];
  });

const everythingThere: WorldRule = (inputs, world) =>
  [
    ...subnets(inputs),
    ...identities(inputs).map((id) => ({ path: "identity.userAssignedIdentities", id })),
  ].flatMap(({ path, id }) => wrong(path, !world.find(id) && `there is no resource ${id}`));

/** AKS joins machines to the subnet as the cluster's identity: https://learn.microsoft.com/azure/aks/use-managed-identity */
const identityMayJoin: WorldRule = (inputs, world) => {
  const [principal] = identities(inputs).flatMap(
    (id) => textAt(world.find(id)?.outputs, "principalId") ?? [],
  );
  if (principal === undefined) return [];
  return subnets(inputs).flatMap(({ path, id }) =>
    wrong(
      path,
      !hasRole(principal, id, world) &&
        `the cluster's identity has no role on ${id}: assign Network Contributor before the cluster (dependsOn)`,
    ),
  );
};

/** Pods and services may not share addresses with the nodes' network: https://learn.microsoft.com/azure/aks/azure-cni-overlay */
const rangesApart: WorldRule = (inputs, world) => {
  const nodes = subnets(inputs).flatMap(({ id }) => [
    ...networkRanges(world.find(parentId(id))?.inputs),
    ...subnetRanges(world.find(id)?.inputs),
  ]);
  const mine = { serviceCidr: serviceRange(inputs), podCidr: network(inputs, "podCidr") ?? "" };
  return Object.entries(mine).flatMap(([key, range]) => {
    const hit = nodes.find((node) => overlaps(range, node));
    return wrong(`networkProfile.${key}`, hit && `${range} overlaps the virtual network's ${hit}`);
  });
};

/**
 * Of the load balancer's addresses AKS sees to itself; those of a NAT gateway of one's own must be in the list, or no node
 * ever reaches the API server: MicrosoftDocs/azure-docs#111834, jenkins-infra/azure#596.
 */
const nodesGetIn: WorldRule = (inputs, world) => {
  const ranges = rangesAt(inputs, authorized);
  if (network(inputs, "outboundType") !== "userAssignedNATGateway" || ranges.length === 0) return [];
  return subnets(inputs).flatMap(({ id }) => {
    const gateway = world.find(textAt(world.find(id)?.inputs, "natGateway.id"));
    if (!gateway) return wrong("networkProfile.outboundType", `the subnet ${id} has no NAT gateway`);
    return listAt(gateway.inputs, "publicIpAddresses")
      .map((reference) => textAt(world.find(textAt(reference, "id"))?.outputs, "ipAddress")!)
      .filter((address) => !ranges.some((range) => contains(range, `${address}/32`)))
      .flatMap((address) =>
        wrong(
          authorized,
          `VMExtensionProvisioningError: no node reaches the API server, ${address} of the NAT gateway is not in the list: add ${address}/32`,
        ),
      );
  });
};

export const clusterWorldRules: readonly WorldRule[] = [
  everythingThere,
  identityMayJoin,
  rangesApart,
  ...upgradeRules,
  nodesGetIn,
];
