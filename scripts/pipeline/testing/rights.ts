// Which rights in Azure the pipeline's identities need: derived from the types that the programs register. Pure. For tests: they hold the roles in .github to it.

/** A custom role, as `az role definition create` takes it. */
export interface Role {
  Name: string;
  Description: string;
  Actions: string[];
  NotActions: string[];
  DataActions: string[];
  NotDataActions: string[];
  AssignableScopes: string[];
}

/**
 * What Azure asks for beside the right to write the resource itself: to use another one in it, and credentials.
 * https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
 */
const alongside: Record<string, readonly string[]> = {
  "Microsoft.Network/virtualNetworks": ["join/action"], // DNS zones' links
  "Microsoft.Network/virtualNetworks/subnets": ["join/action"], // the cluster's nodes and the database's server
  "Microsoft.Network/networkSecurityGroups": ["join/action"], // subnets
  "Microsoft.Network/natGateways": ["join/action"], // the nodes' subnet
  "Microsoft.Network/publicIPAddresses": ["join/action"], // the NAT gateway
  "Microsoft.Network/privateDnsZones": ["join/action"], // the database's server
  "Microsoft.ManagedIdentity/userAssignedIdentities": ["assign/action"], // the cluster
  "Microsoft.OperationalInsights/workspaces": ["sharedKeys/action"], // diagnostic settings
  "Microsoft.ContainerService/managedClusters": [
    "listClusterUserCredential/action",
    "listClusterAdminCredential/action",
  ],
};

/** Given by a role of its own, whose assignment says which roles it may give. */
const byOthers = "Microsoft.Authorization/roleAssignments";

/** `/…/providers/Microsoft.Network/virtualNetworks/{name}/subnets/{subnet}` → `Microsoft.Network/virtualNetworks/subnets` */
export function armType(path: string): string {
  const [, provider] = /.*\/providers\/(.+)$/.exec(path) ?? [];
  const names = (provider ?? path).split("/").filter((part) => part !== "" && !part.startsWith("{"));
  return provider === undefined ? `Microsoft.Resources/subscriptions/${names.join("/")}` : names.join("/");
}

/** @param paths places in Azure's API of what is written */
export function neededActions(paths: readonly string[]): string[] {
  const types = [...new Set(paths.map(armType))].sort();
  return types.flatMap((type) =>
    ["write", "delete", ...(alongside[type] ?? [])].map((operation) => `${type}/${operation}`),
  );
}

/**
 * Everything that brings the stacks up and down, but for giving roles. Reading also waits for what takes long. By whole
 * types: Azure refuses a role that names an operation which it does not have, such as the deletion of a parameter.
 */
export function deployerActions(paths: readonly string[]): string[] {
  const types = [...new Set(paths.map(armType))].filter((type) => type !== byOthers).sort();
  const isBelow = (type: string) => types.some((other) => type.startsWith(`${other}/`));
  return ["*/read", ...types.filter((type) => !isBelow(type)).map((type) => `${type}/*`)];
}

/** Azure's wildcards: `*` is any text. */
const matches = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`, "i").test(action);

/** Whether a role gives a right in Azure itself. */
export const allows = (
  { Actions, NotActions }: Pick<Role, "Actions" | "NotActions">,
  action: string,
): boolean =>
  Actions.some((pattern) => matches(pattern, action)) &&
  !NotActions.some((pattern) => matches(pattern, action));

/** Whether a role gives a right inside of a cluster. */
export const allowsData = (role: Pick<Role, "DataActions" | "NotDataActions">, action: string): boolean =>
  allows({ Actions: role.DataActions, NotActions: role.NotDataActions }, action);
