// Rules by which a registry keeps copies of another one's images.
import type { ResourceType } from "../resourceType.ts";
import { refuseText, required } from "../rules.ts";

/** https://learn.microsoft.com/azure/container-registry/artifact-cache-overview */
export const cacheRule: ResourceType = {
  token: "azure-native:containerregistry:CacheRule",
  apiVersion: "2025-04-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/{registryName}/cacheRules/{cacheRuleName}",
  model: { package: "arm-containerregistry", model: "CacheRule" },
  createOnly: ["sourceRepository", "targetRepository"],
  rules: [
    required("sourceRepository"),
    required("targetRepository"),
    refuseText(
      "sourceRepository",
      (repository) =>
        !/^[\w.-]+\.\w+\//.test(repository) &&
        "expected the registry before the repository, such as docker.io/library/node",
    ),
  ],
};
