// The cluster to deploy to: the one of base, or any other by its kubeconfig.
import { Provider } from "@pulumi/kubernetes/provider.js";
import { RunError, secret } from "@pulumi/pulumi";
import { clusterChoice, type DeployConfig, type RoleLabels } from "../config/deploy.ts";
import * as own from "../nodeLabels.ts";
import { readBase } from "../outputs.ts";
import { checkBaseCluster, checkCluster } from "./preflight.ts";

export interface Cluster {
  provider: Provider;
  /** By these labels nodes are told apart; empty: any node. */
  nodeLabels: RoleLabels;
  /** Where images of Docker Hub come from instead. */
  registryMirror: string | undefined;
}

export async function connectCluster(env: string, config: DeployConfig): Promise<Cluster> {
  const choice = clusterChoice(config);
  if (choice.kind === "existing") {
    const { kubeconfig, context, nodeLabels } = choice;
    await checkCluster({ kubeconfig, context }, { ...config, nodeLabels });
    const provider = new Provider("cluster", {
      kubeconfig: secret(kubeconfig),
      ...(context !== undefined && { context }),
    });
    return { provider, nodeLabels, registryMirror: config.registryMirror };
  }
  const base = await readBase(env, choice.stack);
  const kubeconfig = await base.secretValue("kubeconfig");
  if (kubeconfig !== undefined) await checkBaseCluster(kubeconfig, config);
  if (config.gateway.host !== undefined && config.parts.includes("gateway"))
    checkPorts(await base.value("publicPorts", httpsPorts));
  const { system, regular, spot } = choice.nodeLabels;
  const nodeLabels = {
    system: system ?? (await base.value("systemNodeLabels", own.systemNodeLabels)),
    regular: regular ?? (await base.value("regularNodeLabels", own.regularNodeLabels)),
    spot: spot ?? (await base.value("spotNodeLabels", own.spotNodeLabels)),
  };
  // By Azure's id: with another address or certificate it is the same cluster, whose objects need not be replaced.
  const clusterIdentifier = base.output("clusterId");
  const provider = new Provider("cluster", { kubeconfig: base.output("kubeconfig"), clusterIdentifier });
  const registryMirror =
    config.registryMirror === "base"
      ? await base.value("registryServer", "known-after-base.azurecr.io")
      : config.registryMirror;
  return { provider, nodeLabels, registryMirror };
}

/** HTTPS, and the redirect to it. */
const httpsPorts = [80, 443];

/** @throws RunError: what base's security group keeps out never reaches the gateway */
function checkPorts(open: readonly number[]): void {
  const closed = httpsPorts.filter((port) => !open.includes(port));
  if (closed.length > 0)
    throw new RunError(
      `gateway.host: expected ports ${httpsPorts.join(" and ")} among base's publicPorts, got ${JSON.stringify(open)}: ` +
        "add what is missing there, and apply base",
    );
}
