// Prometheus, with its configuration as a content-named ConfigMap.
import { readdirSync } from "node:fs";
import type { V1PodSpec } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Context } from "./context.ts";
import { readManifests, readWorkloadFile, type Manifest } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { deployWorkload } from "./workload.ts";

/** As deployment.yaml has it. */
const emptyDirGibibytes = 4;

const identity = { namespace: "monitoring", labels: { app: "prometheus" } };

export function deployPrometheus(context: Context): void {
  const { config, onSystemNodes } = context;
  const settings = contentNamedConfigMap(
    { name: "prometheus-config", ...identity },
    { data: { "prometheus.yml": prometheusConfig(config.scrapeInterval), ...ruleFiles(config) } },
  );
  const claim = config.prometheusVolume && claimFor(config.prometheusVolume);
  deployWorkload(context, "prometheus", {
    belongings: [settings, ...(claim ? [claim] : [])],
    pod(pod) {
      onSystemNodes(pod);
      useConfigMap(pod, "config", settings);
      pod.containers[0]?.args?.push(...retention(config));
      if (claim) keepSeries(pod, claim.metadata.name);
    },
  });
}

/** By time, and by size: the oldest series go before the volume is full. A fifth is left for compaction. */
function retention({ retentionHours, prometheusVolume }: DeployConfig): string[] {
  const gibibytes = prometheusVolume ? parseInt(prometheusVolume.size) : emptyDirGibibytes;
  return [
    `--storage.tsdb.retention.time=${retentionHours}h`,
    `--storage.tsdb.retention.size=${Math.floor(gibibytes * 0.8 * 1024)}MB`, // Prometheus' MB are of 1024 KB
  ];
}

function claimFor({ size, storageClass }: NonNullable<DeployConfig["prometheusVolume"]>): Manifest {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: "prometheus",
      ...identity,
      // Many classes bind only when the pod is placed, and the pod waits for this.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(storageClass !== undefined && { storageClassName: storageClass }),
    },
  };
}

function keepSeries(pod: V1PodSpec, claimName: string): void {
  pod.volumes = pod.volumes?.map((volume) =>
    volume.name === "data" ? { name: "data", persistentVolumeClaim: { claimName } } : volume,
  );
}

/** Beside the configuration, as its `rule_files` say; their unit tests stay here. */
function ruleFiles({ gateway }: DeployConfig): Record<string, string> {
  const names = readdirSync(new URL("../../k8s/prometheus/rules/", import.meta.url));
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".rules.yml"))
      .sort()
      .map((name) => [name, readWorkloadFile(`prometheus/rules/${name}`)] as const)
      .map(([name, text]) => [name, gateway.controller ? withoutOurProxy(text) : text]),
  );
}

/** Another controller's proxies are its people's to watch, under names that we do not know. */
function withoutOurProxy(text: string): string {
  const file = parse(text) as { groups: { rules: { alert?: string }[] }[] };
  for (const group of file.groups)
    group.rules = group.rules.filter(({ alert }) => !/^Gateway/.test(alert ?? ""));
  return stringify(file);
}

function prometheusConfig(scrapeIntervalSeconds: number): string {
  const [file] = readManifests("prometheus/prometheus.yml");
  const settings = file as unknown as { global: Record<string, string> };
  settings.global["scrape_interval"] = `${scrapeIntervalSeconds}s`;
  settings.global["scrape_timeout"] = `${Math.min(scrapeIntervalSeconds, 10)}s`;
  return stringify(settings);
}
