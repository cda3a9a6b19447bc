// Resource groups: what is in them goes with them.
import type { ResourceType } from "../resourceType.ts";

export const resourceGroup: ResourceType = {
  token: "azure-native:resources:ResourceGroup",
  apiVersion: "2024-03-01",
  path: "/resourceGroups/{resourceGroupName}",
  model: { package: "arm-resources", model: "ResourceGroup" },
  outputs: () => ({ properties: { provisioningState: "Succeeded" } }),
};
