// Rules by which a registry keeps copies of another one's images.
import type { ResourceType } from "../resourceType.ts";
import { matching, refuseText, required } from "../rules.ts";

/** https://learn.microsoft.com/azure/container-registry/artifact-cache-overview */
export const cacheRule: ResourceType = {
  token: "azure-native:containerregistry:CacheRule",
  apiVersion: "2025-04-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/{registryName}/cacheRules/{cacheRuleName}",
  model: { package: "arm-containerregistry", model: "CacheRule" },
  createOnly: ["sourceRepository", "targetRepository"],
  rules: [
    matching("cacheRuleName", /^[A-Za-z0-9-]{5,50}$/, "5 to 50 letters, digits and hyphens"),
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
