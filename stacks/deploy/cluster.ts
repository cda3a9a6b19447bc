// The cluster to deploy to: the one of base, or any other by its kubeconfig.
import { Provider } from "@pulumi/kubernetes/provider.js";
import { secret } from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import * as own from "../nodeLabels.ts";
import type { NodeLabels } from "../nodeLabels.ts";
import { readBase } from "../outputs.ts";
import { checkBaseCluster, checkCluster } from "./preflight.ts";

export interface Cluster {
  provider: Provider;
  /** By these labels nodes are told apart; empty: any node. */
  nodeLabels: { system: NodeLabels; regular: NodeLabels; spot: NodeLabels };
}

export async function connectCluster(env: string, config: DeployConfig): Promise<Cluster> {
  const { systemNodeLabels: system, regularNodeLabels: regular, spotNodeLabels: spot } = config;
  if (config.kubeconfig !== undefined) {
    // The configuration's rules have it that all labels are given with a kubeconfig.
    const nodeLabels = { system: system ?? {}, regular: regular ?? {}, spot: spot ?? {} };
    await checkCluster(
      { kubeconfig: config.kubeconfig, context: config.kubeContext },
      { ...config, nodeLabels },
    );
    return { provider: createProvider(secret(config.kubeconfig), config.kubeContext), nodeLabels };
  }
  const base = await readBase(env, config.baseStack);
  const kubeconfig = await base.secretValue("kubeconfig");
  if (kubeconfig !== undefined) await checkBaseCluster(kubeconfig, config);
  return {
    provider: createProvider(base.output("kubeconfig")),
    nodeLabels: {
      system: system ?? (await base.value("systemNodeLabels", own.systemNodeLabels)),
      regular: regular ?? (await base.value("regularNodeLabels", own.regularNodeLabels)),
      spot: spot ?? (await base.value("spotNodeLabels", own.spotNodeLabels)),
    },
  };
}

const createProvider = (kubeconfig: Output<string>, context?: string) =>
  new Provider("cluster", { kubeconfig, ...(context !== undefined && { context }) });
