// The cluster to deploy to: the one of base, or any other by its kubeconfig.
import { Provider } from "@pulumi/kubernetes/provider.js";
import { secret, type Output } from "@pulumi/pulumi";
import { clusterChoice, type DeployConfig, type RoleLabels } from "../config/deploy.ts";
import * as own from "../nodeLabels.ts";
import { readBase } from "../outputs.ts";
import { checkBaseCluster, checkCluster } from "./preflight.ts";

export interface Cluster {
  provider: Provider;
  /** By these labels nodes are told apart; empty: any node. */
  nodeLabels: RoleLabels;
}

export async function connectCluster(env: string, config: DeployConfig): Promise<Cluster> {
  const choice = clusterChoice(config);
  if (choice.kind === "existing") {
    const { kubeconfig, context, nodeLabels } = choice;
    await checkCluster({ kubeconfig, context }, { ...config, nodeLabels });
    return { provider: createProvider(secret(kubeconfig), context), nodeLabels };
  }
  const base = await readBase(env, choice.stack);
  const kubeconfig = await base.secretValue("kubeconfig");
  if (kubeconfig !== undefined) await checkBaseCluster(kubeconfig, config);
  const { system, regular, spot } = choice.nodeLabels;
  const nodeLabels = {
    system: system ?? (await base.value("systemNodeLabels", own.systemNodeLabels)),
    regular: regular ?? (await base.value("regularNodeLabels", own.regularNodeLabels)),
    spot: spot ?? (await base.value("spotNodeLabels", own.spotNodeLabels)),
  };
  return { provider: createProvider(base.output("kubeconfig")), nodeLabels };
}

const createProvider = (kubeconfig: Output<string>, context?: string) =>
  new Provider("cluster", { kubeconfig, ...(context !== undefined && { context }) });
