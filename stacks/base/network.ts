// The VNET: a subnet for nodes, one delegated to PostgreSQL, each behind a security group with the rules needed.
import { NatGateway } from "@pulumi/azure-native/network/natGateway.js";
import { NetworkSecurityGroup } from "@pulumi/azure-native/network/networkSecurityGroup.js";
import { PublicIPAddress } from "@pulumi/azure-native/network/publicIPAddress.js";
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import type { Output } from "@pulumi/pulumi";
import type { Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";

export interface Network {
  vnetId: Output<string>;
  nodeSubnet: Subnet;
  databaseSubnet: Subnet;
  /** From where nodes call, when they leave by a NAT gateway. */
  natAddress: Output<string> | undefined;
}

export function createNetwork(place: Place, config: BaseConfig): Network {
  const vnet = new VirtualNetwork(
    "vnet",
    {
      ...place.at,
      virtualNetworkName: place.name("vnet"),
      addressSpace: { addressPrefixes: [config.addressSpace] },
    },
    // Subnets are resources of their own; inline as well, the two descriptions would undo each other
    // (pulumi/pulumi-azure-native#611).
    { ignoreChanges: ["subnets"] },
  );

  const nat = config.natGateway ? createNatGateway(place) : undefined;
  const nodeSubnet = new Subnet(
    "nodeSubnet",
    {
      resourceGroupName: place.resourceGroupName,
      virtualNetworkName: vnet.name,
      subnetName: "nodes",
      addressPrefix: config.nodeSubnet,
      networkSecurityGroup: { id: nodeSecurityGroup(place, config).id },
      ...(nat && { natGateway: { id: nat.gateway.id } }),
      // Egress goes through the cluster's load balancer or the NAT gateway, never an address Azure picks.
      defaultOutboundAccess: false,
    },
    { ignoreChanges: ["routeTable"] }, // AKS may attach one
  );

  const databaseSubnet = new Subnet(
    "databaseSubnet",
    {
      resourceGroupName: place.resourceGroupName,
      virtualNetworkName: vnet.name,
      subnetName: "database",
      addressPrefix: config.databaseSubnet,
      networkSecurityGroup: { id: databaseSecurityGroup(place, config).id },
      delegations: [{ name: "postgresql", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }],
      // The server adds it to its subnet; undeclared, it would be taken away again at the next `up`:
      // https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private
      serviceEndpoints: [{ service: "Microsoft.Storage" }],
    },
    { dependsOn: nodeSubnet }, // Azure changes one subnet of a VNET at a time
  );
  return { vnetId: vnet.id, nodeSubnet, databaseSubnet, natAddress: nat?.address };
}

/** Nodes: from the Internet only the public ports. Azure's own rules let in the VNET and the load balancer's probes. */
function nodeSecurityGroup(place: Place, { publicPorts }: BaseConfig): NetworkSecurityGroup {
  const publicRule = {
    ...inbound,
    name: "AllowPublicPorts",
    description: "What load balancers of the cluster offer to the Internet",
    priority: 100,
    sourceAddressPrefix: "Internet",
    destinationAddressPrefix: "*",
    destinationPortRanges: publicPorts.map(String),
  };
  return new NetworkSecurityGroup("nodeSecurityGroup", {
    ...place.at,
    networkSecurityGroupName: place.name("nsg-nodes"),
    securityRules: publicPorts.length === 0 ? [] : [publicRule],
  });
}

const inbound = { direction: "Inbound", access: "Allow", protocol: "Tcp", sourcePortRange: "*" } as const;

/** Database: only nodes (pods leave with their node's address) and the servers among themselves. */
function databaseSecurityGroup(
  place: Place,
  { nodeSubnet, databaseSubnet }: BaseConfig,
): NetworkSecurityGroup {
  const anyPort = { ...inbound, protocol: "*", destinationPortRange: "*" } as const;
  const rules = [
    {
      ...inbound,
      name: "AllowPostgresFromNodes",
      priority: 100,
      sourceAddressPrefix: nodeSubnet,
      destinationPortRange: "5432",
    },
    {
      ...anyPort,
      name: "AllowWithinSubnet",
      description: "Replication between a server and its standby",
      priority: 110,
      sourceAddressPrefix: databaseSubnet,
    },
    {
      ...anyPort,
      name: "DenyVnet",
      description: "Azure's default would let in the whole VNET",
      priority: 4000,
      access: "Deny" as const,
      sourceAddressPrefix: "VirtualNetwork",
    },
  ];
  return new NetworkSecurityGroup("databaseSecurityGroup", {
    ...place.at,
    networkSecurityGroupName: place.name("nsg-database"),
    securityRules: rules.map((rule) => ({ ...rule, destinationAddressPrefix: databaseSubnet })),
  });
}

function createNatGateway(place: Place): { gateway: NatGateway; address: Output<string> } {
  const address = new PublicIPAddress("natAddress", {
    ...place.at,
    publicIpAddressName: place.name("pip-nat"),
    sku: { name: "Standard" },
    publicIPAllocationMethod: "Static",
  });
  const gateway = new NatGateway("natGateway", {
    ...place.at,
    natGatewayName: place.name("ng"),
    sku: { name: "Standard" },
    publicIpAddresses: [{ id: address.id }],
  });
  return { gateway, address: address.ipAddress.apply((text) => text ?? "") };
}
