// The kubelet's two metrics pages, in Prometheus' text format. Pure.
import type { Usage } from "./usage.ts";

export interface ContainerUsage extends Usage {
  namespace: string;
  pod: string;
  container: string;
  image: string;
  startedAt: Date;
}

interface Sample {
  labels: Record<string, string>;
  value: number;
}

const quoted = (value: string): string =>
  `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** One metric with its samples; with a time (milliseconds since the epoch) for readers that compute rates from it. */
function metric(name: string, type: "counter" | "gauge", samples: Sample[], time?: number): string {
  const lines = samples.map(({ labels, value }) => {
    const names = Object.entries(labels).map(([key, text]) => `${key}=${quoted(text)}`);
    return `${name}${names.length > 0 ? `{${names.join(",")}}` : ""} ${value}${time === undefined ? "" : ` ${time}`}`;
  });
  return [`# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

/** Sums per pod. */
function podSums(containers: readonly ContainerUsage[]): (Usage & { namespace: string; pod: string })[] {
  const pods = new Map<string, Usage & { namespace: string; pod: string }>();
  for (const { namespace, pod, cpuSeconds, memoryBytes } of containers) {
    const sum = pods.get(`${namespace}/${pod}`) ?? { namespace, pod, cpuSeconds: 0, memoryBytes: 0 };
    sum.cpuSeconds += cpuSeconds;
    sum.memoryBytes += memoryBytes;
    pods.set(`${namespace}/${pod}`, sum);
  }
  return [...pods.values()];
}

/** `/metrics/resource`: what metrics-server reads. `node` is the sum of all pods, ended ones included. */
export function resourceMetrics(containers: readonly ContainerUsage[], node: Usage, time: number): string {
  const ofContainer = ({ namespace, pod, container }: ContainerUsage) => ({ container, namespace, pod });
  const each = (value: (one: ContainerUsage) => number): Sample[] =>
    containers.map((one) => ({ labels: ofContainer(one), value: value(one) }));
  const pods = podSums(containers);
  const ofPod = (value: (one: Usage) => number): Sample[] =>
    pods.map((one) => ({ labels: { namespace: one.namespace, pod: one.pod }, value: value(one) }));
  return [
    metric(
      "container_cpu_usage_seconds_total",
      "counter",
      each((one) => one.cpuSeconds),
      time,
    ),
    metric(
      "container_memory_working_set_bytes",
      "gauge",
      each((one) => one.memoryBytes),
      time,
    ),
    metric(
      "container_start_time_seconds",
      "gauge",
      each((one) => one.startedAt.getTime() / 1000),
    ),
    metric("node_cpu_usage_seconds_total", "counter", [{ labels: {}, value: node.cpuSeconds }], time),
    metric("node_memory_working_set_bytes", "gauge", [{ labels: {}, value: node.memoryBytes }], time),
    metric(
      "pod_cpu_usage_seconds_total",
      "counter",
      ofPod((one) => one.cpuSeconds),
      time,
    ),
    metric(
      "pod_memory_working_set_bytes",
      "gauge",
      ofPod((one) => one.memoryBytes),
      time,
    ),
    metric("resource_scrape_error", "gauge", [{ labels: {}, value: 0 }]),
  ].join("");
}

/** `/metrics/cadvisor`: what Prometheus reads. */
export function cadvisorMetrics(containers: readonly ContainerUsage[], node: string, time: number): string {
  const each = (value: (one: ContainerUsage) => number): Sample[] =>
    containers.map((one) => ({
      labels: { container: one.container, image: one.image, namespace: one.namespace, node, pod: one.pod },
      value: value(one),
    }));
  return [
    metric(
      "container_cpu_usage_seconds_total",
      "counter",
      each((one) => one.cpuSeconds),
      time,
    ),
    metric(
      "container_memory_working_set_bytes",
      "gauge",
      each((one) => one.memoryBytes),
      time,
    ),
    metric(
      "container_memory_rss",
      "gauge",
      each((one) => one.memoryBytes),
      time,
    ),
    metric(
      "container_start_time_seconds",
      "gauge",
      each((one) => one.startedAt.getTime() / 1000),
      time,
    ),
  ].join("");
}
