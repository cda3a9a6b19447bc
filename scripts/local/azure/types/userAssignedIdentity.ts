// Identities that a program makes, and hands to a cluster.
import { stableGuid, tenantId } from "../ids.ts";
import type { ResourceType } from "../resourceType.ts";

export const userAssignedIdentity: ResourceType = {
  token: "azure-native:managedidentity:UserAssignedIdentity",
  apiVersion: "2023-01-31",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
  model: { package: "arm-msi", model: "Identity" },
  outputs: (_inputs, id) => ({
    principalId: stableGuid(`principal ${id}`),
    clientId: stableGuid(`client ${id}`),
    tenantId,
  }),
};
