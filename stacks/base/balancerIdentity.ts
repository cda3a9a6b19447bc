// Optional: the identity as which the balancer reads an Azure Monitor workspace, without a key: its ServiceAccount's tokens
// stand for it. https://learn.microsoft.com/azure/aks/workload-identity-overview
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { output, type Output } from "@pulumi/pulumi";
import { roleDefinitionId, type Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/monitor#monitoring-data-reader */
const monitoringDataReader = "b0d8363b-8ddd-447d-831f-62ca05bff136";

/** What AKS' webhook asks tokens for: https://azure.github.io/azure-workload-identity/docs/topics/federated-identity-credential.html */
const audience = "api://AzureADTokenExchange";

/** @returns its client id, for `balancerAzureClientId` of deploy */
export function createBalancerIdentity(
  place: Place,
  { workspaceId, namespace }: NonNullable<BaseConfig["azureMonitor"]>,
  cluster: ManagedCluster,
): Output<string> {
  const identity = new UserAssignedIdentity("balancerIdentity", {
    ...place.at,
    resourceName: place.name("id-balancer"),
  });
  new FederatedIdentityCredential("balancerCredential", {
    resourceGroupName: place.resourceGroupName,
    resourceName: identity.name,
    federatedIdentityCredentialResourceName: "spot-balancer",
    issuer: cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? ""),
    subject: `system:serviceaccount:${namespace}:spot-balancer`,
    audiences: [audience],
  });
  const scope = output(workspaceId);
  new RoleAssignment("balancerMetricsRole", {
    principalId: identity.principalId,
    principalType: "ServicePrincipal", // without it Azure looks up a principal that is not replicated yet
    roleDefinitionId: roleDefinitionId(scope, monitoringDataReader),
    scope,
  });
  return identity.clientId;
}
