// Grafana: datasource and dashboards from files, a generated password.
import { readdirSync } from "node:fs";
import type { Output } from "@pulumi/pulumi";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Context } from "./context.ts";
import { generated } from "./generated.ts";
import { readWorkloadFile, type Manifest } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { deployWorkload } from "./workload.ts";

const identity = { namespace: "monitoring", labels: { app: "grafana" } };

export interface Grafana {
  url: string;
  /** Of the user `admin`; secret. */
  password: Output<string>;
}

/** On regular nodes: it may be away for a while, so it is not among the critical add-ons. */
export function deployGrafana(context: Context): Grafana {
  const { grafanaPasswordVersion: version } = context.config;
  const provisioning = filesOf("provisioning");
  const dashboards = filesOf("dashboards");
  const password = generated("grafanaPassword", version);
  const admin: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    // Grafana reads it only when it starts: another name rolls the pod.
    metadata: { ...identity, name: `grafana-admin-v${version}` },
    immutable: true,
    type: "Opaque",
    data: { password: password.apply((text) => Buffer.from(text).toString("base64")) },
  };
  deployWorkload(context, "grafana", {
    belongings: [provisioning, dashboards, admin],
    pod(pod) {
      context.onRegularNodes(pod);
      useConfigMap(pod, "provisioning", provisioning);
      useConfigMap(pod, "dashboards", dashboards);
      for (const { secret: source } of pod.volumes ?? []) if (source) source.secretName = admin.metadata.name;
    },
  });
  return { url: "http://grafana.monitoring.svc:3000", password };
}

/** The files of a folder in k8s/grafana, as the ConfigMap that the pod mounts. */
function filesOf(folder: "provisioning" | "dashboards"): Manifest {
  const names = readdirSync(new URL(`../../k8s/grafana/${folder}/`, import.meta.url)).sort();
  const data = Object.fromEntries(names.map((name) => [name, readWorkloadFile(`grafana/${folder}/${name}`)]));
  return contentNamedConfigMap({ name: `grafana-${folder}`, ...identity }, { data });
}
