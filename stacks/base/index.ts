// The base layer: network, cluster, node pools, registry. It reads as the dependency graph.
import { createPlace } from "../azure.ts";
import { readConfig } from "../config.ts";
import { base } from "../config/base.ts";
import { regularNodeLabels, spotNodeLabels, systemNodeLabels } from "../nodeLabels.ts";
import { lastOutputs, type BaseOutputs, type Produced } from "../outputs.ts";
import type { StackName } from "../stackName.ts";
import { createBalancerIdentity } from "./balancerIdentity.ts";
import { watchBudget } from "./budget.ts";
import { createCluster } from "./cluster.ts";
import { createClusterIdentity } from "./identity.ts";
import { collectLogs } from "./diagnostics.ts";
import { createNetwork } from "./network.ts";
import { createNodePools } from "./nodePools.ts";
import { scheduleMaintenance } from "./maintenance.ts";
import { createRegistry } from "./registry.ts";

export default async function deployBase(stack: StackName) {
  const config = readConfig(stack, base);
  const last = await lastOutputs<BaseOutputs>();
  const place = createPlace(stack, config);
  const network = createNetwork(place, config);
  const identity = createClusterIdentity(place, network.nodeSubnet.id);
  const { cluster, kubeconfig, asked } = createCluster(place, config, {
    network,
    identity,
    lastAsked: last.askedCluster,
  });
  createNodePools(place, config, { network, cluster, lastVersion: last.askedVersion });
  scheduleMaintenance(place, config, cluster);
  if (config.diagnostics) collectLogs(place, cluster);
  if (config.budget) watchBudget(place, config.budget, { env: stack.env, now: new Date() });
  const balancerClientId = config.azureMonitor && createBalancerIdentity(place, config.azureMonitor, cluster);
  const registry = createRegistry(place, config, cluster);

  return {
    location: place.location,
    resourceGroupName: place.resourceGroupName,
    vnetId: network.vnetId,
    nodeSubnetId: network.nodeSubnet.id,
    publicPorts: config.publicPorts,
    databaseSubnetId: network.databaseSubnet.id,
    clusterName: cluster.name,
    clusterId: cluster.id,
    askedVersion: config.kubernetesVersion,
    askedCluster: asked,
    oidcIssuerUrl: cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? ""),
    balancerClientId: balancerClientId ?? "",
    kubeconfig,
    systemPoolName: config.systemPool.name,
    regularPoolName: config.regularPool.name,
    spotPoolNames: config.spotPools.map(({ name }) => name),
    systemNodeLabels,
    regularNodeLabels,
    spotNodeLabels,
    registryServer: registry.loginServer,
  } satisfies Produced<BaseOutputs>;
}
