// Measured usage of every pod, by a fixed number of PromQL queries whatever the cluster's size.
import { UnreachableError } from "../failures.ts";
import type { Node, PodUsage, Resources } from "../model.ts";
import type { Policy } from "../policy.ts";
import type { Prometheus, Sample } from "../prometheus.ts";
import type { ObservedPod } from "./pods.ts";
import { nodeUsageQuery, readNodeUsage } from "./nodeUsage.ts";

export interface UsageReport {
  /** `namespace/pod` → usage. */
  pods: Map<string, PodUsage>;
  /** By name; empty where nothing measures whole nodes. */
  nodes: Map<string, NonNullable<Node["usage"]>>;
  /** `namespace/pod` → of how many containers there is usage, where it is more than one. */
  containers: Map<string, number>;
  /** Why nothing can be said: Prometheus is unreachable, knows no such series, or all of them are old. */
  problem?: string;
  /** Age of the newest sample in milliseconds; missing when there is none. */
  newestSampleAgeMs?: number;
}

/** A container that several jobs scrape, or that was restarted, has several series: the largest counts, once. */
const perContainer = (expression: string) => `max by (namespace, pod, container) (${expression})`;
const perPod = (expression: string) => `sum by (namespace, pod) (${perContainer(expression)})`;

/** The queries of a round. Times in seconds; CPU in cores, memory in bytes, network in bytes per second. */
export function usageQueries({ idle, usage }: Policy) {
  const where = matchers(usage.selector);
  /** cAdvisor's series of real containers: neither the pod's own cgroup nor its pause container. */
  const containers = `{container!="",container!="POD",pod!=""${where}}`;
  const rate = `${Math.round(usage.rateMinutes * 60)}s`;
  const window = `${Math.round(idle.windowMinutes * 60)}s`;
  // At most 30 evaluations per series, and none closer than 5 s: a finer look sees no more than scrapes give.
  const step = `${Math.max(5, Math.round((idle.windowMinutes * 60) / 30))}s`;
  const cpu = `container_cpu_usage_seconds_total${containers}`;
  const timestamps = `timestamp(${cpu})`;
  // By itself a query finds samples of the last 5 minutes; steps of 4 find each older one of the window.
  const lookback = `${Math.min(240, Math.round(idle.windowMinutes * 60))}s`;
  // Some cAdvisors have one series for each CPU (google/cadvisor#3853).
  const cpuRate = perPod(`sum without (cpu) (rate(${cpu}[${rate}]))`);
  // Of the container that has the fewest; of those that have ended nothing is asked.
  const samples = `min by (namespace, pod) (${perContainer(`count_over_time(${cpu}[${window}]) and ${cpu}`)})`;
  // Containers with a rate, which are two samples within its range: what a sum leaves out does not show in it.
  const rated = `count by (namespace, pod) (${perContainer(`count_over_time(${cpu}[${rate}])`)} > 1)`;
  const traffic = (direction: string) =>
    "sum by (namespace, pod) (max by (namespace, pod, interface) " +
    `(rate(container_network_${direction}_bytes_total{pod!=""${where}}[${window}])))`;
  return {
    cpu: cpuRate,
    memory: perPod(`container_memory_working_set_bytes${containers}`),
    cpuOverWindow: `quantile_over_time(${idle.percentile}, ${cpuRate}[${window}:${step}])`,
    samples: `${kind("samples", samples)} or ${kind("containers", rated)}`,
    sampledAt:
      `max by (namespace, pod) (${timestamps}) or ` +
      `max by (namespace, pod) (max_over_time(${timestamps}[${window}:${lookback}]))`,
    network: `${traffic("receive")} + ${traffic("transmit")}`,
    nodes: nodeUsageQuery(rate, where),
  };
}

/** Two answers by one query, told apart by a label. */
const kind = (name: string, expression: string) => `label_replace(${expression}, "kind", "${name}", "", "")`;

/** Further label matchers of every series, each after a comma: `,cluster="a"`. */
function matchers(selector: Policy["usage"]["selector"]): string {
  return Object.entries(selector)
    .map(([label, value]) => `,${label}=${JSON.stringify(value)}`)
    .join("");
}

/** @param now the cluster's clock, ms: sample ages measured by Prometheus are laid back from here */
export async function readUsage(
  prometheus: Prometheus,
  policy: Policy,
  now: () => number,
): Promise<UsageReport> {
  const { nodes: nodeQuery, ...podQueries } = usageQueries(policy);
  const measured = new Map<string, Measured>();
  const nodeSamples: Sample[] = [];
  let evaluatedAt: { pods: number; nodes: number };
  let warning: string | undefined;
  try {
    const [ofNodes, ...ofPods] = await Promise.all([
      prometheus.query(nodeQuery, (sample) => nodeSamples.push(sample)),
      ...Object.entries(podQueries).map(async ([name, query]) => {
        const result = await prometheus.query(query, (sample) => note(measured, name as Measure, sample));
        return { name, ...result };
      }),
    ]);
    const sampledAt = ofPods.find(({ name }) => name === "sampledAt")!;
    evaluatedAt = { pods: sampledAt.evaluatedAt, nodes: ofNodes.evaluatedAt };
    [warning] = [ofNodes, ...ofPods].flatMap(({ warnings }) => warnings);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return { pods: new Map(), nodes: new Map(), containers: new Map(), problem: error.message };
  }
  const pods = usageOf(measured, evaluatedAt.pods, now());
  const report = {
    pods,
    nodes: readNodeUsage(nodeSamples, evaluatedAt.nodes, now()),
    containers: several(measured),
  };
  const at = `Prometheus at ${prometheus.url}`;
  if (pods.size === 0) return { ...report, problem: `${at} ${whyNone(measured, policy)}` };

  let newest = 0;
  for (const usage of pods.values()) newest = Math.max(newest, usage.sampledAt);
  const newestSampleAgeMs = Math.max(0, now() - newest);
  const { maxSampleAgeMinutes } = policy.idle;
  const stale =
    newestSampleAgeMs > maxSampleAgeMinutes * 60_000
      ? `The newest sample in ${at} is ${Math.round(newestSampleAgeMs / 1000)} s old, and ` +
        `policy believes none above ${maxSampleAgeMinutes * 60} s (idle.maxSampleAgeMinutes): is it still scraping?`
      : undefined;
  // Thanos and the like answer with success where a store is silent; what is missing may be what is busy.
  const partial = warning && `${at} says that its answer is not complete: ${warning.slice(0, 200)}`;
  const problem = stale ?? partial;
  return { ...report, newestSampleAgeMs, ...(problem !== undefined && { problem }) };
}

/** What it lacks, and what would help. */
function whyNone(measured: Map<string, Measured>, { idle, usage }: Policy): string {
  const some = (measure: Measure) => [...measured.values()].some((each) => each[measure] !== undefined);
  if (!some("sampledAt")) {
    return (
      "has no container_cpu_usage_seconds_total with the labels namespace, pod and container in the last " +
      `${idle.windowMinutes} minutes: does it scrape the kubelets' /metrics/cadvisor?`
    );
  }
  if (!some("cpu")) {
    return (
      `has samples of CPU, but no rate over ${usage.rateMinutes * 60} s (usage.rateMinutes): ` +
      "the range must hold two scrapes of each container"
    );
  }
  return "has CPU, but no container_memory_working_set_bytes of the same pods: is it dropped when it is scraped?";
}

type Measure = Exclude<keyof ReturnType<typeof usageQueries>, "nodes"> | "containers";

/** What the queries say of one pod, in Prometheus' units; all of one shape, as there may be 150,000. */
type Measured = Record<Measure, number | undefined>;

/** Keeps one number of a sample, under `namespace/pod`. Nothing that is measured here is below zero: such numbers are left out. */
function note(measured: Map<string, Measured>, measure: Measure, { labels, value }: Sample): void {
  if (!Number.isFinite(value) || value < 0) return;
  const key = `${labels["namespace"]}/${labels["pod"]}`;
  let ofPod = measured.get(key);
  if (!ofPod) {
    ofPod = {
      ...{ cpu: undefined, memory: undefined, cpuOverWindow: undefined },
      ...{ network: undefined, samples: undefined, sampledAt: undefined, containers: undefined },
    };
    measured.set(key, ofPod);
  }
  ofPod[measure === "samples" && labels["kind"] === "containers" ? "containers" : measure] = value;
}

/**
 * Of each pod that has a rate, and memory: without one nobody knows what it does, and zero would look idle.
 * @param evaluatedAt by Prometheus' clock, @param now by the cluster's, both in ms
 */
function usageOf(measured: Map<string, Measured>, evaluatedAt: number, now: number): Map<string, PodUsage> {
  const pods = new Map<string, PodUsage>();
  for (const [key, { cpu, memory, cpuOverWindow, network, samples, sampledAt }] of measured) {
    if (sampledAt === undefined || cpu === undefined || memory === undefined) continue;
    pods.set(key, {
      cpu: cpu * 1000,
      memory,
      // Nobody asks what it was where there are no samples.
      cpuOverWindow: (cpuOverWindow ?? cpu) * 1000,
      networkOverWindow: network,
      samples: cpuOverWindow === undefined ? 0 : (samples ?? 0),
      sampledAt: now - Math.max(0, evaluatedAt - sampledAt * 1000),
    });
  }
  return pods;
}

/** Pods of which more than one container has a rate. */
function several(measured: Map<string, Measured>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, { containers }] of measured) {
    if (containers !== undefined && containers > 1) counts.set(key, containers);
  }
  return counts;
}

/** Other pods' alone: of another cluster, or under the names of who measures (google/cadvisor#1958, prometheus/prometheus#8951). */
export function unlessOthers(usage: UsageReport, observed: ObservedPod[], { url }: Prometheus): UsageReport {
  const { pods, problem } = usage;
  const [example] = pods.keys();
  const isOurs = ({ pod: { namespace, name } }: ObservedPod) => pods.has(`${namespace}/${name}`);
  if (problem !== undefined || example === undefined || observed.length === 0 || observed.some(isOurs))
    return usage;
  const others =
    `Prometheus at ${url} has usage of ${pods.size} pods, ${example} for instance, and none of them is in this cluster: ` +
    "is it another cluster's, or does it keep the labels namespace and pod as exported_… (honor_labels)?";
  return { ...usage, problem: others };
}

/**
 * No node gives four times what it offers: a counter that was read from two replicas in turn seems to begin anew, and its
 * rate says hundreds of CPUs (thanos-io/thanos#7623, #1326). That is no usage, neither busy nor idle.
 */
const isPossible = ({ cpu, memory }: Resources, { allocatable }: Node): boolean =>
  cpu <= 4 * allocatable.cpu && memory <= 4 * allocatable.memory;

/** Hands each pod and node its usage; a pod that lacks a container's has none, since a part of it looks idle. */
export function attachUsage(nodes: Node[], observed: ObservedPod[], usage: UsageReport): void {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  let isTrafficMeasured = false;
  for (const { networkOverWindow } of usage.pods.values()) {
    if (networkOverWindow !== undefined) isTrafficMeasured = true;
  }
  for (const { pod, containers, hostNetwork } of observed) {
    const key = `${pod.namespace}/${pod.name}`;
    const found = usage.pods.get(key);
    if (!found || (usage.containers.get(key) ?? 1) < containers) continue;
    const node = byName.get(pod.nodeName ?? "");
    if (node && !isPossible(found, node)) continue;
    pod.usage = found;
    // On its node's network it is the node's traffic (google/cadvisor#3117).
    if (hostNetwork) pod.usage = { ...found, networkOverWindow: undefined };
    else if (isTrafficMeasured && found.networkOverWindow === undefined)
      pod.usage = { ...found, networkUnknown: true };
  }
  for (const node of nodes) {
    const found = usage.nodes.get(node.name);
    if (found && isPossible(found, node)) node.usage = found;
  }
}
