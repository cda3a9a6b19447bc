// How the database is reached: from the VNET by a private DNS zone, or in public by narrow firewall rules.
import { FirewallRule } from "@pulumi/azure-native/dbforpostgresql/firewallRule.js";
import type { Server } from "@pulumi/azure-native/dbforpostgresql/server.js";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import type { Output, Resource } from "@pulumi/pulumi";
import type { Place } from "../azure.ts";
import type { DbConfig } from "../config/db.ts";
import type { BaseOutputs, Reader } from "../outputs.ts";

export interface PrivateAccess {
  subnetId: Output<string>;
  zoneId: Output<string>;
  /** The server must wait for it: without the link Azure refuses the zone (azurerm#24549). */
  link: Resource;
}

export function createPrivateAccess(place: Place, base: Reader<BaseOutputs>): PrivateAccess {
  const zone = new PrivateZone("dnsZone", {
    resourceGroupName: place.resourceGroupName,
    location: "Global",
    tags: place.tags,
    // Azure wants this ending, and a first part that is not the server's name.
    privateZoneName: `${place.name("db")}.postgres.database.azure.com`,
  });
  const link = new VirtualNetworkLink("dnsLink", {
    resourceGroupName: place.resourceGroupName,
    location: "Global",
    tags: place.tags,
    privateZoneName: zone.name,
    virtualNetworkLinkName: "vnet",
    virtualNetwork: { id: base.output("vnetId") },
    registrationEnabled: false,
  });
  return { subnetId: base.output("databaseSubnetId"), zoneId: zone.id, link };
}

export const createFirewallRules = (place: Place, config: DbConfig, server: Server): FirewallRule[] =>
  config.firewallRules.map(
    ({ name, start, end }) =>
      new FirewallRule(`firewall-${name}`, {
        resourceGroupName: place.resourceGroupName,
        serverName: server.name,
        firewallRuleName: name,
        startIpAddress: start,
        endIpAddress: end,
      }),
  );
