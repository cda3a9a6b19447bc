// The balancer for an existing Prometheus operator and Grafana: who reads the exporter, our rules, and our dashboard.
import { parse } from "yaml";
import { readManifests, readWorkloadFile, type Manifest } from "../manifests.ts";
import { own } from "./own.ts";

const identity = { namespace: own.namespace, labels: { app: "spot-balancer-metrics" } };

export const monitorObjects = (namespace: string): Manifest[] => [
  ...readManifests("balancer/operator/podmonitor.yaml"),
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "spot-balancer", ...identity },
    spec: parse(elsewhere(readWorkloadFile("prometheus/rules/balancer.rules.yml"), namespace)) as object,
  },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    // The label by which Grafana's sidecar finds dashboards: https://github.com/grafana/helm-charts (sidecar.dashboards.label)
    metadata: {
      name: "spot-balancer-dashboard",
      namespace: identity.namespace,
      labels: { ...identity.labels, grafana_dashboard: "1" },
    },
    data: {
      "spot-balancer.json": elsewhere(readWorkloadFile("grafana/dashboards/balancer.json"), namespace),
    },
  },
];

/** What a person is told to look at is where this balancer is. */
const elsewhere = (text: string, namespace: string): string =>
  text.replaceAll(`-n ${own.namespace} `, `-n ${namespace} `);
