// The identity that the cluster acts as. It gets its role on the subnet before the cluster needs it.
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import type { Output } from "@pulumi/pulumi";
import { roleDefinitionId, type Place } from "../azure.ts";

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/networking#network-contributor */
const networkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7";

export interface ClusterIdentity {
  id: Output<string>;
  /** The cluster must wait for it. */
  subnetRole: RoleAssignment;
}

export function createClusterIdentity(place: Place, subnetId: Output<string>): ClusterIdentity {
  const identity = new UserAssignedIdentity("clusterIdentity", {
    ...place.at,
    resourceName: place.name("id-aks"),
  });
  const subnetRole = new RoleAssignment("clusterSubnetRole", {
    principalId: identity.principalId,
    principalType: "ServicePrincipal", // without it Azure looks up a principal that is not replicated yet
    roleDefinitionId: roleDefinitionId(subnetId, networkContributor),
    scope: subnetId,
  });
  return { id: identity.id, subnetRole };
}
