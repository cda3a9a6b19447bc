// What a cloud would answer to a recorded program: ids, names and the outputs that our programs read.
import { regularNodeLabels, spotNodeLabels, systemNodeLabels } from "../nodeLabels.ts";
import type { BaseOutputs, DbOutputs } from "../outputs.ts";

const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/recorded/providers";

/** Outputs of a deployed base, as the next layers read them. */
export const buildBaseOutputs = (changes: Partial<BaseOutputs> = {}): BaseOutputs => ({
  location: "westeurope",
  resourceGroupName: "rg-spot-balancer-base-dev",
  vnetId: `${group}/Microsoft.Network/virtualNetworks/vnet`,
  nodeSubnetId: `${group}/Microsoft.Network/virtualNetworks/vnet/subnets/nodes`,
  publicPorts: [80, 443],
  databaseSubnetId: `${group}/Microsoft.Network/virtualNetworks/vnet/subnets/database`,
  clusterName: "aks-spot-balancer-dev",
  clusterId: `${group}/Microsoft.ContainerService/managedClusters/aks-spot-balancer-dev`,
  askedVersion: "1.35",
  askedCluster: "{}",
  oidcIssuerUrl: "https://oidc.example/",
  balancerClientId: "",
  kubeconfig: "kubeconfig of base",
  systemPoolName: "system",
  regularPoolName: "regular",
  spotPoolNames: ["spot"],
  systemNodeLabels,
  regularNodeLabels,
  spotNodeLabels,
  registryServer: "crspotbalancerdev.azurecr.io",
  ...changes,
});

/** Outputs of a deployed db. */
export const buildDbOutputs = (changes: Partial<DbOutputs> = {}): DbOutputs => ({
  databaseHost: "recorded.postgres.database.azure.com",
  databasePort: 5432,
  databaseUser: "dbadmin",
  databasePassword: "password of db",
  databaseNames: ["demo"],
  askedStorage: 32,
  ...changes,
});

/** The other layers of the same environment are deployed. */
export function defaultStacks(stack: string): Record<string, Record<string, unknown>> {
  const env = stack.split("-")[1] ?? "";
  const outputs = { [`base-${env}`]: { ...buildBaseOutputs() }, [`db-${env}`]: { ...buildDbOutputs() } };
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name !== stack)
      .map(([name, values]) => [`organization/spot-balancer/${name}`, values]),
  );
}

/** Outputs that only the cloud knows, by type. */
const computed: Record<string, Record<string, unknown>> = {
  "azure-native:managedidentity:UserAssignedIdentity": {
    principalId: "11111111-1111-1111-1111-111111111111",
    clientId: "33333333-3333-3333-3333-333333333333",
  },
  "azure-native:containerservice:ManagedCluster": {
    identityProfile: { kubeletidentity: { objectId: "22222222-2222-2222-2222-222222222222" } },
    oidcIssuerProfile: { enabled: true, issuerURL: "https://oidc.example/" },
  },
  "azure-native:network:PublicIPAddress": { ipAddress: "198.51.100.7" },
  "azure-native:containerregistry:Registry": { loginServer: "recorded.azurecr.io" },
  "azure-native:dbforpostgresql:Server": { fullyQualifiedDomainName: "recorded.postgres.database.azure.com" },
  "random:index/randomString:RandomString": { result: "abc123" },
};

export interface Request {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  id?: string;
}

export function resourceReply(
  stack: string,
  { type, name, inputs, id }: Request,
  stacks: Record<string, Record<string, unknown>>,
): { id: string; state: Record<string, unknown> } {
  if (type === "pulumi:pulumi:StackReference") {
    const asked = id ?? name;
    // The stack itself is always there; empty until it has come up.
    const outputs = stacks[asked] ?? (asked.endsWith(`/${stack}`) ? {} : undefined);
    if (!outputs) throw new Error(`unknown stack "${id ?? name}"`);
    return {
      id: id ?? name,
      state: {
        name: id ?? name,
        outputs,
        secretOutputNames: ["kubeconfig", "databasePassword"].filter((key) => key in outputs),
      },
    };
  }
  const given = inputs[nameKey(type)] ?? name;
  // The last part of an id is the resource's name; the rest only has to look like one.
  return {
    id: `${group}/${type.replaceAll(":", "/")}/${JSON.stringify(given).replaceAll('"', "")}`,
    state: {
      ...{ ...inputs, name: given, ...computed[type] },
      ...(type.endsWith(":RandomPassword") && { result: `recorded-Password of ${name}` }),
    },
  };
}

/** The input that names a resource of this type. */
function nameKey(type: string): string {
  const kind = type.split(":").at(-1) ?? "";
  if (["ManagedCluster", "UserAssignedIdentity"].includes(kind)) return "resourceName";
  if (kind === "PrivateZone") return "privateZoneName";
  return `${kind.charAt(0).toLowerCase()}${kind.slice(1)}Name`;
}

export function invokeReply(token: string): Record<string, unknown> {
  const [, kind] =
    /^azure-native:containerservice:listManagedCluster(User|Admin)Credentials$/.exec(token) ?? [];
  if (kind === undefined) throw new Error(`no recorded reply to ${token}`);
  const name = `cluster${kind}`;
  return { kubeconfigs: [{ name, value: Buffer.from(`kubeconfig of ${name}`).toString("base64") }] };
}
