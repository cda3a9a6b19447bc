// The functions of azure-native that the stacks call.
import type { Machines } from "./machines.ts";
import { type Inputs, at, textAt } from "./problem.ts";
import type { Resource } from "./resourceType.ts";
import type { Store } from "./store.ts";
import { resourceId } from "./resourceType.ts";
import { findType } from "./catalog.ts";
import { stableGuid, tenantId } from "./types/identity.ts";

export interface InvokeContext {
  store: Store;
  machines: Machines;
}

type Function = (args: Inputs, context: InvokeContext) => Inputs | Promise<Inputs>;

/** The resource that the arguments name; throws Azure's 404 when there is none. */
function named(token: string, args: Inputs, { store }: InvokeContext): Resource {
  const id = resourceId(findType(token), args, store.subscription);
  const resource = store.find(id);
  if (!resource) throw new Error(`ResourceNotFound: there is no ${id} in the emulated Azure`);
  return resource;
}

const getResource =
  (token: string): Function =>
  (args, context) => {
    const resource = named(token, args, context);
    return { ...resource.outputs, id: resource.id };
  };

const credentials =
  (kind: "clusterUser" | "clusterAdmin"): Function =>
  async (args, context) => {
    const cluster = named("azure-native:containerservice:ManagedCluster", args, context);
    if (kind === "clusterAdmin" && at(cluster.inputs, "disableLocalAccounts") === true) {
      throw new Error(`the local accounts of ${cluster.id} are disabled: ask for the user's credentials`);
    }
    const kubeconfig = await context.machines.kubeconfig();
    return { kubeconfigs: [{ name: kind, value: Buffer.from(kubeconfig).toString("base64") }] };
  };

const getConfiguration: Function = async (args, context) => {
  const server = named("azure-native:dbforpostgresql:Server", args, context);
  const name = textAt(args, "configurationName")!;
  const parameter = await context.machines.parameter(server.id, name);
  return {
    id: `${server.id}/configurations/${name}`,
    name,
    type: "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
    value: parameter.value,
    defaultValue: parameter.defaultValue,
    isConfigPendingRestart: parameter.pendingRestart,
    source: parameter.value === parameter.defaultValue ? "system-default" : "user-override",
  };
};

const registryCredentials: Function = (args, context) => {
  const registry = named("azure-native:containerregistry:Registry", args, context);
  if (at(registry.inputs, "adminUserEnabled") !== true) {
    throw new Error(
      `${registry.id} has no admin user (adminUserEnabled is off): pull by AcrPull, or switch it on`,
    );
  }
  const name = textAt(args, "registryName")!;
  return {
    username: name,
    passwords: [{ name: "password", value: stableGuid(`password ${registry.id}`) }],
  };
};

const getClientConfig: Function = (_args, { store }) => ({
  clientId: stableGuid("client of the emulated Azure"),
  objectId: stableGuid("user of the emulated Azure"),
  subscriptionId: store.subscription,
  tenantId,
});

const functions: Record<string, Function> = {
  "authorization:getClientConfig": getClientConfig,
  "containerregistry:getRegistry": getResource("azure-native:containerregistry:Registry"),
  "containerregistry:listRegistryCredentials": registryCredentials,
  "containerservice:getAgentPool": getResource("azure-native:containerservice:AgentPool"),
  "containerservice:getManagedCluster": getResource("azure-native:containerservice:ManagedCluster"),
  "containerservice:listManagedClusterAdminCredentials": credentials("clusterAdmin"),
  "containerservice:listManagedClusterUserCredentials": credentials("clusterUser"),
  "dbforpostgresql:getConfiguration": getConfiguration,
  "dbforpostgresql:getServer": getResource("azure-native:dbforpostgresql:Server"),
  "managedidentity:getUserAssignedIdentity": getResource("azure-native:managedidentity:UserAssignedIdentity"),
  "network:getSubnet": getResource("azure-native:network:Subnet"),
  "network:getVirtualNetwork": getResource("azure-native:network:VirtualNetwork"),
  "resources:getResourceGroup": getResource("azure-native:resources:ResourceGroup"),
};

/** Throws for a function that the emulated Azure does not have, naming those that it has. */
export async function invoke(token: string, args: Inputs, context: InvokeContext): Promise<Inputs> {
  const call = functions[token.replace(/^azure-native:/, "")];
  if (!call)
    throw new Error(`the emulated Azure has no function ${token}, only ${Object.keys(functions).join(", ")}`);
  return call(args, context);
}
