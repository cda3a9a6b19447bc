// The kubelet's two metrics pages, in Prometheus' text format. Pure.
import type { Usage } from "./usage.ts";

export interface ContainerUsage extends Usage {
  namespace: string;
  pod: string;
  container: string;
  image: string;
  startedAt: Date;
}

/** A metric of something measured: its name, its type, and its value of one of them. */
type Metric<T> = readonly [name: string, type: "counter" | "gauge", value: (row: T) => number];

const usageMetrics = (prefix: string): Metric<Usage>[] => [
  [`${prefix}_cpu_usage_seconds_total`, "counter", (row) => row.cpuSeconds],
  [`${prefix}_memory_working_set_bytes`, "gauge", (row) => row.memoryBytes],
];
const startTime: Metric<ContainerUsage> = [
  "container_start_time_seconds",
  "gauge",
  (row) => row.startedAt.getTime() / 1000,
];

const quoted = (value: string): string =>
  `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** Lines of each metric for each row; with a time (milliseconds since the epoch) after the value when given. */
function render<T>(
  metrics: readonly Metric<T>[],
  rows: readonly T[],
  labelsOf: (row: T) => Record<string, string>,
  time?: number,
): string {
  const lines = metrics.flatMap(([name, type, value]) => [
    `# TYPE ${name} ${type}`,
    ...rows.map((row) => {
      const labels = Object.entries(labelsOf(row)).map(([key, text]) => `${key}=${quoted(text)}`);
      const series = labels.length > 0 ? `${name}{${labels.join(",")}}` : name;
      return `${series} ${value(row)}${time === undefined ? "" : ` ${time}`}`;
    }),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

/** Containers added up per pod. */
function podSums(containers: readonly ContainerUsage[]): ContainerUsage[] {
  const pods = new Map<string, ContainerUsage>();
  for (const one of containers) {
    const key = `${one.namespace}/${one.pod}`;
    const sum = pods.get(key);
    if (sum === undefined) pods.set(key, { ...one });
    else {
      sum.cpuSeconds += one.cpuSeconds;
      sum.memoryBytes += one.memoryBytes;
    }
  }
  return [...pods.values()];
}

/** `/metrics/resource`: what metrics-server reads. `node` is the sum of all pods, ended ones included. */
export function resourceMetrics(containers: readonly ContainerUsage[], node: Usage, time: number): string {
  const ofContainer = ({ namespace, pod, container }: ContainerUsage) => ({ container, namespace, pod });
  const ofPod = ({ namespace, pod }: ContainerUsage) => ({ namespace, pod });
  return [
    render(usageMetrics("container"), containers, ofContainer, time),
    render([startTime], containers, ofContainer),
    render(usageMetrics("node"), [node], () => ({}), time),
    render(usageMetrics("pod"), podSums(containers), ofPod, time),
    render([["resource_scrape_error", "gauge", () => 0]], [node], () => ({})),
  ].join("");
}

/** `/metrics/cadvisor`: what Prometheus reads; without times, so that it sees at once when a series ends. */
export function cadvisorMetrics(containers: readonly ContainerUsage[], node: string): string {
  const labels = ({ container, image, namespace, pod }: ContainerUsage) => ({
    container,
    image,
    namespace,
    node,
    pod,
  });
  return render([...usageMetrics("container"), startTime], containers, labels);
}

/** `/metrics`: the few series of a kubelet's own that say which node this is and how much it runs. */
export function kubeletMetrics(node: string, pods: readonly { processes: readonly unknown[] }[]): string {
  const running = pods.filter(({ processes }) => processes.length > 0);
  const containers = running.reduce((sum, { processes }) => sum + processes.length, 0);
  return [
    render([["kubelet_node_name", "gauge", () => 1]], [node], (name) => ({ node: name })),
    render([["kubelet_running_pods", "gauge", (count) => count]], [running.length], () => ({})),
    render([["kubelet_running_containers", "gauge", (count) => count]], [containers], () => ({
      container_state: "running",
    })),
  ].join("");
}
