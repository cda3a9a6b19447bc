// Public addresses. The emulated ones are of a range for documentation (RFC 5737), the same for the same resource.
import { stableGuid } from "../ids.ts";
import { at } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { refuse } from "../rules.ts";

export const publicIpAddress: ResourceType = {
  token: "azure-native:network:PublicIPAddress",
  apiVersion: "2024-05-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
  model: { package: "arm-network", model: "PublicIPAddress" },
  billed: true,
  createOnly: ["sku", "zones", "publicIPAddressVersion"],
  rules: [
    // https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses#sku
    refuse(
      "publicIPAllocationMethod",
      (inputs) =>
        at(inputs, "sku.name") === "Standard" &&
        (at(inputs, "publicIPAllocationMethod") ?? "Dynamic") !== "Static" &&
        'a Standard address must be "Static"',
    ),
  ],
  keptWhileUsed: true,
  outputs: (_inputs, id) => ({
    ipAddress: `203.0.113.${1 + (parseInt(stableGuid(id).slice(0, 6), 16) % 254)}`,
  }),
};
