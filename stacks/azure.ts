// What every Azure resource of a layer shares: the resource group, the region, the tags, the way names are made.
import { getProject, type Output } from "@pulumi/pulumi";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { stackName, type StackName } from "./stackName.ts";

/** Where a layer's resources go. Spread `at` into the arguments of those that have a location and tags. */
export interface Place {
  resourceGroupName: Output<string>;
  resourceGroupId: Output<string>;
  location: string;
  tags: Record<string, string>;
  at: { resourceGroupName: Output<string>; location: string; tags: Record<string, string> };
  /** `vnet` → `vnet-spot-balancer-dev`, as Microsoft's naming convention has it. */
  name(kind: string): string;
}

/** Creates the layer's resource group: `rg-<project>-<layer>-<env>`. */
export function createPlace(
  stack: StackName,
  config: { location: string; tags: Record<string, string> },
): Place {
  const project = getProject();
  const { location } = config;
  const tags = {
    project,
    environment: stack.env,
    layer: stack.layer,
    "managed-by": "pulumi",
    ...config.tags,
  };
  const group = new ResourceGroup("resourceGroup", {
    resourceGroupName: `rg-${project}-${stackName(stack)}`,
    location,
    tags,
  });
  return {
    resourceGroupName: group.name,
    resourceGroupId: group.id,
    location,
    tags,
    at: { resourceGroupName: group.name, location, tags },
    name: (kind) => `${kind}-${project}-${stack.env}`,
  };
}

/** Where AKS puts the machines: a group of its own, which it makes and deletes. */
export const nodeGroupName = (place: Place): string => `${place.name("rg")}-nodes`;

/** Id of a built-in role, in the subscription of the resource that it is given on. */
export const roleDefinitionId = (scope: Output<string>, role: string): Output<string> =>
  scope.apply(
    (id) => `/subscriptions/${id.split("/")[2]}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
  );
