// Private DNS zones.
import type { ResourceType } from "../resourceType.ts";
import { refuseText } from "../rules.ts";

/** Private DNS is in no region: https://learn.microsoft.com/azure/dns/private-dns-privatednszone */
export const isGlobal = refuseText(
  "location",
  (location) => !/^global$/i.test(location) && 'private DNS has no region: say "global"',
);

export const privateZone: ResourceType = {
  token: "azure-native:privatedns:PrivateZone",
  apiVersion: "2024-06-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/privateDnsZones/{privateZoneName}",
  model: { package: "arm-privatedns", model: "PrivateZone" },
  billed: true,
  rules: [isGlobal],
  keptWhileUsed: true,
};
