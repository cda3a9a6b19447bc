// Grafana: datasource and dashboards from files, a generated password.
import { readdirSync } from "node:fs";
import type { V1Deployment } from "@kubernetes/client-node";
import type { Output } from "@pulumi/pulumi";
import { secret } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests, readWorkloadFile } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";

const identity = { namespace: "monitoring", labels: { app: "grafana" } };

export interface Grafana {
  url: string;
  /** Of the user `admin`; secret. */
  password: Output<string>;
}

/** @param placeOnRegularNodes it may be away for a while, so it is not among the critical add-ons */
export function deployGrafana(
  { grafanaPasswordVersion: version }: DeployConfig,
  placeOnRegularNodes: PlaceOnNodes,
  placement: Placement,
): Grafana {
  const provisioning = filesOf("provisioning");
  const dashboards = filesOf("dashboards");
  const { result } = new RandomPassword("grafanaPassword", {
    length: 32,
    special: false,
    keepers: { version: String(version) },
  });
  const password = secret(result);
  const admin: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    // Grafana reads it only when it starts: another name rolls the pod.
    metadata: { ...identity, name: `grafana-admin-v${version}` },
    immutable: true,
    type: "Opaque",
    data: { password: password.apply((text) => Buffer.from(text).toString("base64")) },
  };
  const manifests = adapt<V1Deployment>(loadManifests("grafana"), "Deployment", ({ spec }) => {
    const pod = podSpecOf(spec?.template);
    placeOnRegularNodes(pod);
    useConfigMap(pod, "provisioning", provisioning.metadata.name);
    useConfigMap(pod, "dashboards", dashboards.metadata.name);
    for (const { secret: source } of pod.volumes ?? []) if (source) source.secretName = admin.metadata.name;
  });
  createObjects([provisioning, dashboards, admin, ...manifests], placement);
  return { url: "http://grafana.monitoring.svc:3000", password };
}

/** The files of a folder in k8s/grafana, as the ConfigMap that the pod mounts. */
function filesOf(folder: "provisioning" | "dashboards"): Manifest {
  const names = readdirSync(new URL(`../../k8s/grafana/${folder}/`, import.meta.url)).sort();
  const data = Object.fromEntries(names.map((name) => [name, readWorkloadFile(`grafana/${folder}/${name}`)]));
  return contentNamedConfigMap({ name: `grafana-${folder}`, ...identity }, { data });
}
