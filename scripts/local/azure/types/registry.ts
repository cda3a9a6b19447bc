// Container registries.
import { at, textAt } from "../problem.ts";
import type { ResourceType } from "../resourceType.ts";
import { refuse } from "../rules.ts";

/** https://learn.microsoft.com/azure/container-registry/container-registry-skus */
const premium = { zoneRedundancy: "Enabled", publicNetworkAccess: "Disabled", dataEndpointEnabled: true };

export const registry: ResourceType = {
  token: "azure-native:containerregistry:Registry",
  apiVersion: "2023-01-01-preview",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/{registryName}",
  model: { package: "arm-containerregistry", model: "Registry" },
  billed: true,
  policies: ["no-local-accounts"],
  rules: [
    ...Object.entries(premium).map(([path, value]) =>
      refuse(path, (inputs) => {
        const sku = textAt(inputs, "sku.name") ?? "Premium";
        const isBroken = at(inputs, path) === value && sku !== "Premium";
        return isBroken && `${JSON.stringify(value)} needs the Premium tier, this registry is ${sku}`;
      }),
    ),
  ],
  outputs: (inputs) => ({ loginServer: `${String(inputs["registryName"]).toLowerCase()}.azurecr.io` }),
};
