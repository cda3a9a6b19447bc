// Role assignments: who may do what, and where. Its name is a GUID that azure-native makes.
import { at, textAt } from "../problem.ts";
import { isOthersOwn, isWithin } from "../ids.ts";
import type { ResourceType, World, WorldRule } from "../resourceType.ts";
import { matching, wrong } from "../rules.ts";

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A new identity is not yet known everywhere: without its type Azure looks for a user, and finds none.
 * https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
 */
const principalMustBeFound: WorldRule = (inputs, world) => {
  const id = textAt(inputs, "principalId");
  const owner = id && principals(world).get(id);
  return wrong(
    "principalType",
    owner &&
      at(inputs, "principalType") !== "ServicePrincipal" &&
      `PrincipalNotFound: ${id} is the identity ${owner}; say "ServicePrincipal"`,
  );
};

/** Principal IDs of the identities in this Azure, with the resource that each belongs to. */
function principals(world: World): Map<string, string> {
  const found = new Map<string, string>();
  for (const { id, token, outputs } of world.list()) {
    if (token === roleAssignment.token) continue;
    for (const path of ["principalId", "identity.principalId", "identityProfile.kubeletidentity.objectId"]) {
      const principal = textAt(outputs, path);
      if (principal) found.set(principal, id);
    }
  }
  return found;
}

/** Does the principal hold any role on the scope, or above it? */
export const hasRole = (principalId: string, scope: string, world: World): boolean =>
  world
    .list(roleAssignment.token)
    .some(
      ({ inputs }) =>
        inputs["principalId"] === principalId && isWithin(scope, textAt(inputs, "scope") ?? "-"),
    );

export const scopeMustExist: WorldRule = (inputs, world) => {
  const scope = `/${(textAt(inputs, "scope") ?? "").replace(/^\/+|\/+$/g, "")}`;
  const isSubscription = scope.toLowerCase() === `/subscriptions/${world.subscription}`.toLowerCase();
  const isThere = isSubscription || isOthersOwn(scope) || world.find(scope);
  return wrong("scope", !isThere && `there is no resource ${scope}`);
};

export const roleAssignment: ResourceType = {
  token: "azure-native:authorization:RoleAssignment",
  apiVersion: "2022-04-01",
  path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
  model: { package: "arm-authorization", model: "RoleAssignmentCreateParameters" },
  createOnly: ["principalId", "principalType", "roleDefinitionId", "delegatedManagedIdentityResourceId"],
  rules: [
    matching("principalId", guid, "a GUID"),
    matching("roleAssignmentName", guid, "a GUID"),
    matching(
      "roleDefinitionId",
      /\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/i,
      "…/providers/Microsoft.Authorization/roleDefinitions/<GUID>",
    ),
  ],
  worldRules: [principalMustBeFound, scopeMustExist],
};
