// Virtual networks, subnets, security groups, NAT gateways, public addresses, private DNS.
import type { ResourceType, World } from "../resourceType.ts";
import { at } from "../problem.ts";
import { isWithin, mustExist, stableGuid } from "./identity.ts";
import {
  globalLocation,
  idleTimeout,
  networkAddresses,
  publicAddress,
  ruleShape,
  standardAddresses,
  subnetAddresses,
  subnetFits,
  subnetToken,
  uniquePriorities,
} from "./networkRules.ts";

/** Resources whose inputs mention the ID anywhere, its children and the resource itself apart. */
function usersOf(id: string, world: World): string[] {
  const needle = `"${id.toLowerCase()}"`;
  return world
    .list()
    .filter((other) => !isWithin(other.id, id))
    .filter((other) => !/\/(roleAssignments|locks)\//i.test(other.id))
    .filter((other) => JSON.stringify(other.inputs).toLowerCase().includes(needle))
    .map((other) => other.id);
}

const inUse: NonNullable<ResourceType["inUse"]> = (resource, world) =>
  usersOf(resource.id, world).map((user) => `it is in use by ${user}`);

const network = "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network";
const model = (name: string) => ({ package: "arm-network", model: name });

/** An address of the documentation range (RFC 5737), the same for the same resource. */
const documentationAddress = (id: string): string =>
  `203.0.113.${1 + (parseInt(stableGuid(id).slice(0, 6), 16) % 254)}`;

export const networkTypes: ResourceType[] = [
  {
    token: "azure-native:network:VirtualNetwork",
    apiVersion: "2024-05-01",
    path: `${network}/virtualNetworks/{virtualNetworkName}`,
    model: model("VirtualNetwork"),
    naming: "random",
    rules: [networkAddresses],
    inUse,
    outputs: (inputs) => ({ subnets: at(inputs, "subnets") ?? [], virtualNetworkPeerings: [] }),
  },
  {
    token: subnetToken,
    apiVersion: "2024-05-01",
    path: `${network}/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}`,
    model: model("Subnet"),
    naming: "copy",
    rules: [subnetAddresses],
    worldRules: [
      subnetFits,
      mustExist("networkSecurityGroup.id"),
      mustExist("natGateway.id"),
      mustExist("routeTable.id"),
    ],
    inUse,
  },
  {
    token: "azure-native:network:NetworkSecurityGroup",
    apiVersion: "2024-05-01",
    path: `${network}/networkSecurityGroups/{networkSecurityGroupName}`,
    model: model("NetworkSecurityGroup"),
    naming: "random",
    rules: [uniquePriorities],
    inUse,
  },
  {
    token: "azure-native:network:SecurityRule",
    apiVersion: "2024-05-01",
    path: `${network}/networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}`,
    model: model("SecurityRule"),
    naming: "copy",
    rules: [ruleShape("")],
  },
  {
    token: "azure-native:network:NatGateway",
    apiVersion: "2024-05-01",
    path: `${network}/natGateways/{natGatewayName}`,
    model: model("NatGateway"),
    naming: "random",
    createOnly: ["sku", "zones"],
    rules: [idleTimeout],
    worldRules: [standardAddresses],
    inUse,
  },
  {
    token: "azure-native:network:PublicIPAddress",
    apiVersion: "2024-05-01",
    path: `${network}/publicIPAddresses/{publicIpAddressName}`,
    model: model("PublicIPAddress"),
    naming: "random",
    createOnly: ["sku", "zones", "publicIPAddressVersion"],
    rules: [publicAddress],
    inUse,
    outputs: (_inputs, id) => ({ ipAddress: documentationAddress(id) }),
  },
  {
    token: "azure-native:privatedns:PrivateZone",
    apiVersion: "2024-06-01",
    path: `${network}/privateDnsZones/{privateZoneName}`,
    model: { package: "arm-privatedns", model: "PrivateZone" },
    naming: "random",
    rules: [globalLocation],
    inUse,
  },
  {
    token: "azure-native:privatedns:VirtualNetworkLink",
    apiVersion: "2024-06-01",
    path: `${network}/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}`,
    model: { package: "arm-privatedns", model: "VirtualNetworkLink" },
    newerInputs: ["resolutionPolicy"],
    naming: "copy",
    createOnly: ["virtualNetwork"],
    rules: [globalLocation],
    worldRules: [mustExist("virtualNetwork.id")],
    outputs: () => ({ virtualNetworkLinkState: "Completed" }),
  },
];
