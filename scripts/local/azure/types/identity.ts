// Resource groups, identities, role assignments and locks.
import { createHash } from "node:crypto";
import { type Rule, type ResourceType, type World, type WorldRule, parentId } from "../resourceType.ts";
import { type Inputs, type Problem, at, textAt } from "../problem.ts";

/** A GUID that is always the same for the same text, as Azure's are for a resource's life. */
export function stableGuid(text: string): string {
  const hex = createHash("sha256").update(text.toLowerCase()).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const tenantId = stableGuid("tenant of the emulated Azure");

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const mustBeGuid =
  (path: string): Rule =>
  (inputs) => {
    const value = textAt(inputs, path);
    return value === undefined || guid.test(value)
      ? []
      : [{ path, message: `expected a GUID, got ${value}` }];
  };

/** The resource that an input names must be there. */
export const mustExist =
  (path: string): WorldRule =>
  (inputs, world) => {
    const id = textAt(inputs, path);
    return id === undefined || world.find(id) ? [] : [{ path, message: `there is no resource ${id}` }];
  };

const roleDefinition: Rule = (inputs) => {
  const id = textAt(inputs, "roleDefinitionId");
  const ok =
    id === undefined || /\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/i.test(id);
  return ok
    ? []
    : [
        {
          path: "roleDefinitionId",
          message: `expected …/providers/Microsoft.Authorization/roleDefinitions/<GUID>, got ${id}`,
        },
      ];
};

/** A new identity is not yet known everywhere: without its type Azure looks for a user, and finds none. */
const principalMustBeFound: WorldRule = (inputs, world) => {
  const id = textAt(inputs, "principalId");
  if (!id || principals(world).get(id) === undefined || at(inputs, "principalType") === "ServicePrincipal")
    return [];
  return [
    {
      path: "principalType",
      message: `PrincipalNotFound: ${id} is the identity ${principals(world).get(id)}; say "ServicePrincipal"`,
    },
  ];
};

/** Principal IDs of the identities in this Azure, with the resource that each belongs to. */
function principals(world: World): Map<string, string> {
  const found = new Map<string, string>();
  for (const { id, outputs } of world.list()) {
    for (const path of ["principalId", "identity.principalId", "identityProfile.kubeletidentity.objectId"]) {
      const principal = textAt(outputs, path);
      if (principal && !/\/roleAssignments\//i.test(id)) found.set(principal, id);
    }
  }
  return found;
}

/** `id` is `scope` or lies below it. */
export const isWithin = (id: string, scope: string): boolean =>
  `${id}/`.toLowerCase().startsWith(`${scope.replace(/\/+$/, "")}/`.toLowerCase());

/** Locks that forbid to delete `id`. */
export function deleteLocks(id: string, world: World): string[] {
  return world
    .list("azure-native:authorization:ManagementLockByScope")
    .filter((lock) => lock.id !== id && isWithin(id, parentId(lock.id) ?? ""))
    .map((lock) => lock.id);
}

/** Does the principal hold any role on the scope, or above it? */
export function hasRole(principalId: string, scope: string, world: World): boolean {
  return world
    .list("azure-native:authorization:RoleAssignment")
    .some(
      ({ inputs }) =>
        inputs["principalId"] === principalId && isWithin(scope, textAt(inputs, "scope") ?? "-"),
    );
}

const scopeMustExist: WorldRule = (inputs, world): Problem[] => {
  const scope = `/${(textAt(inputs, "scope") ?? "").replace(/^\/+|\/+$/g, "")}`;
  const isSubscription = scope.toLowerCase() === `/subscriptions/${world.subscription}`.toLowerCase();
  return isSubscription || world.find(scope)
    ? []
    : [{ path: "scope", message: `there is no resource ${scope}` }];
};

export const identityTypes: ResourceType[] = [
  {
    token: "azure-native:resources:ResourceGroup",
    apiVersion: "2024-03-01",
    path: "/resourceGroups/{resourceGroupName}",
    model: { package: "arm-resources", model: "ResourceGroup" },
    naming: "random",
    outputs: () => ({ properties: { provisioningState: "Succeeded" } }),
  },
  {
    token: "azure-native:managedidentity:UserAssignedIdentity",
    apiVersion: "2023-01-31",
    path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
    model: { package: "arm-msi", model: "Identity" },
    naming: "random",
    outputs: (_inputs: Inputs, id) => ({
      principalId: stableGuid(`principal ${id}`),
      clientId: stableGuid(`client ${id}`),
      tenantId,
    }),
  },
  {
    token: "azure-native:authorization:RoleAssignment",
    apiVersion: "2022-04-01",
    path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    model: { package: "arm-authorization", model: "RoleAssignmentCreateParameters" },
    naming: "uuid",
    createOnly: ["principalId", "principalType", "roleDefinitionId", "delegatedManagedIdentityResourceId"],
    rules: [mustBeGuid("principalId"), mustBeGuid("roleAssignmentName"), roleDefinition],
    worldRules: [principalMustBeFound, scopeMustExist],
  },
  {
    token: "azure-native:authorization:ManagementLockByScope",
    apiVersion: "2020-05-01",
    path: "/{scope}/providers/Microsoft.Authorization/locks/{lockName}",
    model: { package: "arm-locks", model: "ManagementLockObject" },
    naming: "random",
    worldRules: [scopeMustExist],
  },
];
