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
      "spot-balancer.json": forAnyGrafana(
        elsewhere(readWorkloadFile("grafana/dashboards/balancer.json"), namespace),
      ),
    },
  },
];

/**
 * Names in our Prometheus that are others in kube-prometheus, and in the chart kube-prometheus-stack. What else is selected
 * has the same name there, or its job from our PodMonitor:
 * https://github.com/prometheus-operator/kube-prometheus/tree/main/manifests (kubernetesControlPlane-serviceMonitorKubelet.yaml,
 * kube-state-metrics-serviceMonitor.yaml)
 */
const inKubePrometheus: [ours: string, theirs: string][] = [
  ['job="nodes"', 'job="kubelet", metrics_path="/metrics/cadvisor"'],
];

/** What is selected, and what a person is told to look at, is where this balancer is. */
const elsewhere = (text: string, namespace: string): string =>
  inKubePrometheus
    .reduce((changed, [ours, theirs]) => changed.replaceAll(ours, theirs), text)
    .replaceAll(`-n ${own.namespace} `, `-n ${namespace} `)
    .replaceAll(`namespace="${own.namespace}"`, `namespace="${namespace}"`);

/** Our own Grafana's data source has a fixed uid; in another one a person chooses, as in kube-prometheus' dashboards. */
function forAnyGrafana(text: string): string {
  const dashboard = JSON.parse(text) as { templating: { list: object[] } };
  const choice = { type: "datasource", query: "prometheus", name: "datasource", label: "Data source" };
  dashboard.templating.list.unshift(choice);
  return JSON.stringify(dashboard, undefined, 2).replaceAll('"uid": "prometheus"', '"uid": "${datasource}"');
}
