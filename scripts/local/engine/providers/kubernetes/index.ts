// The kubernetes package: reads the provider's configuration, and refuses what it does not support.
import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { unknown, type Properties } from "../../values.ts";
import type { Difference, Failure, ProviderPackage } from "../provider.ts";
import { withoutSecretMarks } from "../plain.ts";
import { openApi } from "./api.ts";
import { kubernetesClient } from "./client.ts";

const supported = [
  "kubeconfig",
  "context",
  "clusterIdentifier",
  "deleteUnreachable",
  "enableConfigMapMutable",
  "enableSecretMutable",
  "upsertExistingObjects",
  "enableServerSideApply",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
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
    configure(inputs) {
      const client = (): ReturnType<typeof kubernetesClient> => {
        const known = !offline && inputs["kubeconfig"] !== unknown && inputs["context"] !== unknown;
        return kubernetesClient(known ? openApi(loadConfig(inputs), { pauseMs }) : undefined, {
          adopt: flag(inputs, "upsertExistingObjects"),
          deleteUnreachable: flag(inputs, "deleteUnreachable"),
          configMapsMutable: flag(inputs, "enableConfigMapMutable"),
          secretsMutable: flag(inputs, "enableSecretMutable"),
        });
      };
      return Promise.resolve().then(() => withoutSecretMarks(client()));
    },
  };
}

/** Provider options travel as text. */
const flag = (inputs: Properties, key: string): boolean => inputs[key] === true || inputs[key] === "true";

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
 * Another cluster means that everything in it is made anew. A cluster is known by its `clusterIdentifier`, else by
 * its certificate authority (a local control plane keeps it when its port changes), else by its address.
 */
function diffConfig(olds: Properties, news: Properties): Difference {
  const verdict = (replaces: string[]): Difference => ({
    changes: "some",
    replaces,
    deleteBeforeReplace: false,
  });
  const [before, after] = [olds["clusterIdentifier"], news["clusterIdentifier"]];
  if (before !== undefined && after !== undefined)
    return verdict(before === after ? [] : ["clusterIdentifier"]);
  if (news["kubeconfig"] === unknown || news["context"] === unknown) return verdict(["kubeconfig"]);
  return verdict(clusterOf(olds) === clusterOf(news) ? [] : ["kubeconfig"]);
}

function clusterOf(inputs: Properties): string | undefined {
  try {
    const cluster = loadConfig(inputs).getCurrentCluster();
    return cluster?.caData ?? cluster?.caFile ?? cluster?.server;
  } catch {
    return undefined; // an old configuration may name a file that is gone
  }
}

/** `kubeconfig` is the content of a kubeconfig or the path of one; without it the usual places are looked at. */
function loadConfig(inputs: Properties): KubeConfig {
  const config = new KubeConfig();
  const given = inputs["kubeconfig"];
  if (typeof given !== "string" || !given) config.loadFromDefault();
  else if (!given.includes("\n") && existsSync(given)) config.loadFromFile(given);
  else {
    try {
      config.loadFromString(given);
    } catch (error) {
      const shown = given.includes("\n")
        ? "its text is no YAML of a kubeconfig"
        : "there is no file of that name";
      throw new Error(`kubeconfig: expected the content or the path of one, but ${shown}`, { cause: error });
    }
  }
  const context = inputs["context"];
  if (typeof context === "string") {
    if (!config.getContextObject(context)) throw new Error(`the kubeconfig has no context "${context}"`);
    config.setCurrentContext(context);
  }
  return config;
}
