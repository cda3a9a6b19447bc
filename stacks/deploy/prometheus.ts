// Prometheus, with its configuration as a content-named ConfigMap.
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
    { data: { "prometheus.yml": prometheusConfig(config.scrapeInterval) } },
  );
  const manifests = adapt<V1Deployment>(loadManifests("prometheus"), "Deployment", (deployment) => {
    const pod = podSpecOf(deployment.spec?.template);
    placeOnSystemNodes(pod);
    useConfigMap(pod, "config", settings.metadata.name);
    pod.containers[0]?.args?.push(`--storage.tsdb.retention.time=${config.retentionHours}h`);
  });
  return createObjects([settings, ...manifests], placement);
}

function prometheusConfig(scrapeIntervalSeconds: number): string {
  const settings = parse(readWorkloadFile("prometheus/prometheus.yml")) as { global: Record<string, string> };
  settings.global["scrape_interval"] = `${scrapeIntervalSeconds}s`;
  settings.global["scrape_timeout"] = `${Math.min(scrapeIntervalSeconds, 10)}s`;
  return stringify(settings);
}
