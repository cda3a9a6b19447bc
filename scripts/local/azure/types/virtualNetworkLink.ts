// Links of a private DNS zone to the network that may ask it:
// https://learn.microsoft.com/azure/dns/private-dns-virtual-network-links
import type { ResourceType } from "../resourceType.ts";
import { mustExist } from "../rules.ts";
import { isGlobal, privateZone } from "./privateZone.ts";

export const virtualNetworkLink: ResourceType = {
  token: "azure-native:privatedns:VirtualNetworkLink",
  apiVersion: "2024-06-01",
  path: `${privateZone.path}/virtualNetworkLinks/{virtualNetworkLinkName}`,
  model: { package: "arm-privatedns", model: "VirtualNetworkLink" },
  newerInputs: ["resolutionPolicy"],
  createOnly: ["virtualNetwork"],
  rules: [isGlobal],
  worldRules: [mustExist("virtualNetwork.id")],
  outputs: () => ({ virtualNetworkLinkState: "Completed" }),
};
