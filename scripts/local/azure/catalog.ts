// Every type of resource that the emulated Azure knows: those of our stacks, each in the file of its name in types/.
import { closest } from "fastest-levenshtein";
import type { Ask, ResourceType } from "./resourceType.ts";
import { agentPool } from "./types/agentPool.ts";
import { budget } from "./types/budget.ts";
import { cacheRule } from "./types/cacheRule.ts";
import { configuration } from "./types/configuration.ts";
import { database } from "./types/database.ts";
import { diagnosticSetting } from "./types/diagnosticSetting.ts";
import { federatedIdentityCredential } from "./types/federatedIdentityCredential.ts";
import { firewallRule } from "./types/firewallRule.ts";
import { maintenanceConfiguration } from "./types/maintenanceConfiguration.ts";
import { managedCluster } from "./types/managedCluster.ts";
import { managementLock } from "./types/managementLock.ts";
import { natGateway } from "./types/natGateway.ts";
import { networkSecurityGroup } from "./types/networkSecurityGroup.ts";
import { privateZone } from "./types/privateZone.ts";
import { publicIpAddress } from "./types/publicIpAddress.ts";
import { registry } from "./types/registry.ts";
import { resourceGroup } from "./types/resourceGroup.ts";
import { roleAssignment } from "./types/roleAssignment.ts";
import { server } from "./types/server.ts";
import { subnet } from "./types/subnet.ts";
import { userAssignedIdentity } from "./types/userAssignedIdentity.ts";
import { virtualNetwork } from "./types/virtualNetwork.ts";
import { virtualNetworkLink } from "./types/virtualNetworkLink.ts";
import { workspace } from "./types/workspace.ts";

const entries: readonly ResourceType[] = [
  ...[resourceGroup, userAssignedIdentity, federatedIdentityCredential, roleAssignment, managementLock],
  ...[
    virtualNetwork,
    subnet,
    networkSecurityGroup,
    publicIpAddress,
    natGateway,
    privateZone,
    virtualNetworkLink,
  ],
  ...[managedCluster, agentPool, maintenanceConfiguration, registry, cacheRule],
  ...[server, configuration, database, firewallRule],
  ...[workspace, diagnosticSetting, budget],
];

const types = new Map(entries.map((type) => [type.token, type]));

/** Pulumi's names of the types, `azure-native:network:Subnet`. */
export const knownTypes: readonly string[] = [...types.keys()];

/** Throws, naming the nearest, for a type that the emulated Azure does not have. */
export function findType(token: string): ResourceType {
  const type = types.get(token);
  if (type) return type;
  throw new Error(`the emulated Azure has no ${token} (nearest: ${closest(token, [...knownTypes])})`);
}

const functions = new Map(
  entries.flatMap((type) =>
    Object.entries(type.functions ?? {}).map(([name, ask]): [string, { type: ResourceType; ask: Ask }] => [
      type.token.replace(/:\w+$/, `:${name}`),
      { type, ask },
    ]),
  ),
);

/** The function and the type that it asks about. Throws for one that the emulated Azure does not have, naming those it has. */
export function findFunction(token: string): { type: ResourceType; ask: Ask } {
  const found = functions.get(token);
  if (found) return found;
  throw new Error(`the emulated Azure has no function ${token}, only ${[...functions.keys()].join(", ")}`);
}
