// The container registry, what it keeps copies of, and the kubelet's right to pull from it.
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { CacheRule } from "@pulumi/azure-native/containerregistry/cacheRule.js";
import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import { RandomString } from "@pulumi/random";
import { interpolate } from "@pulumi/pulumi";
import { roleDefinitionId, type Place } from "../azure.ts";
import type { BaseConfig } from "../config/base.ts";
import { copiedRepositories, dockerHub } from "../images.ts";

const acrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";

export function createRegistry(place: Place, config: BaseConfig, cluster: ManagedCluster): Registry {
  // The name is the world's: letters and digits, unique in all of Azure.
  const suffix = new RandomString("registrySuffix", { length: 6, upper: false, special: false });
  const registry = new Registry("registry", {
    ...place.at,
    registryName: interpolate`${place.name("cr").replace(/[^a-z0-9]/g, "")}${suffix.result}`,
    sku: { name: config.registrySku },
    adminUserEnabled: false,
  });
  for (const repository of config.imageCache ? copiedRepositories : []) {
    const name = repository.replaceAll("/", "-");
    new CacheRule(`cache-${name}`, {
      resourceGroupName: place.resourceGroupName,
      registryName: registry.name,
      cacheRuleName: name,
      sourceRepository: `${dockerHub}${repository}`,
      targetRepository: repository,
      ...(config.imageCache?.credentialSet && { credentialSetResourceId: config.imageCache.credentialSet }),
    });
  }
  new RoleAssignment("registryPull", {
    principalId: cluster.identityProfile.apply((profile) => {
      const objectId = profile?.["kubeletidentity"]?.objectId;
      if (!objectId) throw new Error("Azure returned no kubelet identity for the cluster");
      return objectId;
    }),
    principalType: "ServicePrincipal",
    roleDefinitionId: roleDefinitionId(registry.id, acrPull),
    scope: registry.id,
  });
  return registry;
}
