// The kubernetes package: reads the provider's configuration, and refuses what it does not support.
import type { KubeConfig } from "@kubernetes/client-node";
import { unknown, type Properties } from "../values.ts";
import type { Difference, Failure, ProviderPackage } from "./provider.ts";
import { withoutSecretMarks } from "./plain.ts";
import { openApi } from "./kubernetes/api.ts";
import { kubernetesClient } from "./kubernetes/client.ts";

const supported = [
  "kubeconfig",
  "context",
  "clusterIdentifier",
  "enableServerSideApply",
  "version",
  "pluginDownloadURL",
];

interface PackageOptions {
  /** Never talk to a cluster: objects come out as the program gives them. */
  offline?: boolean;
  /** First pause before a request is tried again, ms. */
  pauseMs?: number;
}

export function kubernetesPackage({ offline = false, pauseMs }: PackageOptions = {}): ProviderPackage {
  return {
    checkConfig,
    diffConfig,
    async configure(inputs) {
      const known = !offline && inputs["kubeconfig"] !== unknown && inputs["context"] !== unknown;
      const api = known ? openApi(await loadConfig(inputs), { pauseMs }) : undefined;
      return withoutSecretMarks(kubernetesClient(api));
    },
  };
}

function checkConfig(inputs: Properties): Failure[] {
  const failures: Failure[] = Object.keys(inputs)
    .filter((key) => !supported.includes(key) && inputs[key] !== null && inputs[key] !== "null")
    .map((property) => ({
      property,
      reason: `the embedded engine does not support it; it has ${supported.join(", ")}`,
    }));
  if (inputs["enableServerSideApply"] === "false" || inputs["enableServerSideApply"] === false) {
    failures.push({
      property: "enableServerSideApply",
      reason: "the embedded engine always uses server-side apply",
    });
  }
  return failures;
}

/**
 * Another cluster means that everything in it is made anew. A cluster is known by the identifier that the program gives
 * it, by its certificate authority (a local
 * control plane keeps it when its port changes), else by its address.
 */
async function diffConfig(olds: Properties, news: Properties): Promise<Difference> {
  const verdict = (replaces: string[]): Difference => ({
    changes: "some",
    replaces,
    deleteBeforeReplace: false,
  });
  if (news["kubeconfig"] === unknown || news["context"] === unknown) return verdict(["kubeconfig"]);
  const [before, after] = [olds["clusterIdentifier"], news["clusterIdentifier"]];
  if (typeof before === "string" && typeof after === "string" && after !== unknown)
    return verdict(before === after ? [] : ["clusterIdentifier"]);
  return verdict((await clusterOf(olds)) === (await clusterOf(news)) ? [] : ["kubeconfig"]);
}

async function clusterOf(inputs: Properties): Promise<string | undefined> {
  try {
    const cluster = (await loadConfig(inputs)).getCurrentCluster();
    return cluster?.caData ?? cluster?.caFile ?? cluster?.server;
  } catch {
    return undefined; // an old configuration may name a file that is gone
  }
}

async function loadConfig(inputs: Properties): Promise<KubeConfig> {
  return (await import("./kubernetes/kubeconfig.ts")).loadConfig(inputs);
}
