// Prometheus, with its configuration as a content-named ConfigMap.
import { readdirSync } from "node:fs";
import type { V1Deployment } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests, readWorkloadFile } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";

export function deployPrometheus(
  config: DeployConfig,
  placeOnSystemNodes: PlaceOnNodes,
  placement: Placement,
): Resource[] {
  const settings = contentNamedConfigMap(
    { name: "prometheus-config", namespace: "monitoring", labels: { app: "prometheus" } },
    { data: { "prometheus.yml": prometheusConfig(config.scrapeInterval), ...ruleFiles() } },
  );
  const manifests = adapt<V1Deployment>(loadManifests("prometheus"), "Deployment", (deployment) => {
    const pod = podSpecOf(deployment.spec?.template);
    placeOnSystemNodes(pod);
    useConfigMap(pod, "config", settings.metadata.name);
    pod.containers[0]?.args?.push(`--storage.tsdb.retention.time=${config.retentionHours}h`);
  });
  return createObjects([settings, ...manifests], placement);
}

/** Beside the configuration, as its `rule_files` say; their unit tests stay here. */
function ruleFiles(): Record<string, string> {
  const names = readdirSync(new URL("../../k8s/prometheus/rules/", import.meta.url));
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".rules.yml"))
      .sort()
      .map((name) => [name, readWorkloadFile(`prometheus/rules/${name}`)]),
  );
}

function prometheusConfig(scrapeIntervalSeconds: number): string {
  const settings = parse(readWorkloadFile("prometheus/prometheus.yml")) as { global: Record<string, string> };
  settings.global["scrape_interval"] = `${scrapeIntervalSeconds}s`;
  settings.global["scrape_timeout"] = `${Math.min(scrapeIntervalSeconds, 10)}s`;
  return stringify(settings);
}
