// Measured usage of every pod, by a fixed number of PromQL queries whatever the cluster's size.
import { UnreachableError } from "../failures.ts";
import type { Node, Pod, PodUsage } from "../model.ts";
import type { Policy } from "../policy.ts";
import type { Prometheus, Sample } from "../prometheus.ts";
import { nodeUsageQuery, readNodeUsage } from "./nodeUsage.ts";

export interface UsageReport {
  /** `namespace/pod` → usage. */
  pods: Map<string, PodUsage>;
  /** By name; empty where nothing measures whole nodes. */
  nodes: Map<string, NonNullable<Node["usage"]>>;
  /** Why nothing can be said: Prometheus is unreachable, knows no such series, or all of them are old. */
  problem?: string;
  /** Age of the newest sample in milliseconds; missing when there is none. */
  newestSampleAgeMs?: number;
}

/** cAdvisor's series of real containers: neither the pod's own cgroup nor its pause container. */
const containers = '{container!="",container!="POD",pod!=""}';

/** A container that several jobs scrape, or that was restarted, has several series: the largest counts, once. */
const perPod = (expression: string) =>
  `sum by (namespace, pod) (max by (namespace, pod, container) (${expression}))`;

/** The queries of a round. Times in seconds; CPU in cores, memory in bytes, network in bytes per second. */
export function usageQueries({ idle, usage }: Policy) {
  const rate = `${Math.round(usage.rateMinutes * 60)}s`;
  const window = `${Math.round(idle.windowMinutes * 60)}s`;
  // At most 30 evaluations per series, and none closer than 5 s: a finer look sees no more than scrapes give.
  const step = `${Math.max(5, Math.round((idle.windowMinutes * 60) / 30))}s`;
  const timestamps = `timestamp(container_cpu_usage_seconds_total${containers})`;
  // By itself a query finds samples of the last 5 minutes; steps of 4 find each older one of the window.
  const lookback = `${Math.min(240, Math.round(idle.windowMinutes * 60))}s`;
  const cpuRate = perPod(`rate(container_cpu_usage_seconds_total${containers}[${rate}])`);
  const traffic = (direction: string) =>
    "sum by (namespace, pod) (max by (namespace, pod, interface) " +
    `(rate(container_network_${direction}_bytes_total{pod!=""}[${window}])))`;
  return {
    cpu: cpuRate,
    memory: perPod(`container_memory_working_set_bytes${containers}`),
    cpuOverWindow: `quantile_over_time(${idle.percentile}, ${cpuRate}[${window}:${step}])`,
    samples: `max by (namespace, pod) (count_over_time(container_cpu_usage_seconds_total${containers}[${window}]))`,
    sampledAt:
      `max by (namespace, pod) (${timestamps}) or ` +
      `max by (namespace, pod) (max_over_time(${timestamps}[${window}:${lookback}]))`,
    network: `${traffic("receive")} + ${traffic("transmit")}`,
    nodes: nodeUsageQuery(rate),
  };
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
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return { pods: new Map(), nodes: new Map(), problem: error.message };
  }
  const pods = usageOf(measured, evaluatedAt.pods, now());
  const nodes = readNodeUsage(nodeSamples, evaluatedAt.nodes, now());
  if (pods.size === 0) {
    return {
      ...{ pods, nodes },
      problem:
        `Prometheus at ${prometheus.url} has no container_cpu_usage_seconds_total with the labels namespace, pod and ` +
        `container in the last ${policy.idle.windowMinutes} minutes: does it scrape the kubelets' /metrics/cadvisor?`,
    };
  }
  let newest = 0;
  for (const usage of pods.values()) newest = Math.max(newest, usage.sampledAt);
  const newestSampleAgeMs = Math.max(0, now() - newest);
  const { maxSampleAgeMinutes } = policy.idle;
  const stale = newestSampleAgeMs > maxSampleAgeMinutes * 60_000;
  return {
    ...{ pods, nodes, newestSampleAgeMs },
    ...(stale && {
      problem:
        `The newest sample in Prometheus at ${prometheus.url} is ${Math.round(newestSampleAgeMs / 1000)} s old, and ` +
        `policy believes none above ${maxSampleAgeMinutes * 60} s (idle.maxSampleAgeMinutes): is it still scraping?`,
    }),
  };
}

type Measure = Exclude<keyof ReturnType<typeof usageQueries>, "nodes">;

/** What the queries say of one pod, in Prometheus' units; all of one shape, as there may be 150,000. */
type Measured = Record<Measure, number | undefined>;

/** Keeps one number of a sample, under `namespace/pod`. */
function note(measured: Map<string, Measured>, measure: Measure, { labels, value }: Sample): void {
  if (!Number.isFinite(value)) return;
  const key = `${labels["namespace"]}/${labels["pod"]}`;
  let ofPod = measured.get(key);
  if (!ofPod) {
    ofPod = {
      ...{ cpu: undefined, memory: undefined, cpuOverWindow: undefined },
      ...{ network: undefined, samples: undefined, sampledAt: undefined },
    };
    measured.set(key, ofPod);
  }
  ofPod[measure] = value;
}

/** Of each pod that has a sample. @param evaluatedAt by Prometheus' clock, @param now by the cluster's, both in ms */
function usageOf(measured: Map<string, Measured>, evaluatedAt: number, now: number): Map<string, PodUsage> {
  const pods = new Map<string, PodUsage>();
  for (const [key, { cpu, memory, cpuOverWindow, network, samples, sampledAt }] of measured) {
    if (sampledAt === undefined) continue;
    pods.set(key, {
      // No rate yet (a single sample): zero would look idle, so such a pod is given no samples below.
      cpu: (cpu ?? 0) * 1000,
      memory: memory ?? 0,
      cpuOverWindow: (cpuOverWindow ?? 0) * 1000,
      networkOverWindow: network,
      samples: cpuOverWindow === undefined ? 0 : (samples ?? 0),
      sampledAt: now - Math.max(0, evaluatedAt - sampledAt * 1000),
    });
  }
  return pods;
}

/** Hands each pod and node its usage. */
export function attachUsage(nodes: Node[], pods: Pod[], usage: UsageReport): void {
  for (const pod of pods) {
    const found = usage.pods.get(`${pod.namespace}/${pod.name}`);
    if (found) pod.usage = found;
  }
  for (const node of nodes) {
    const found = usage.nodes.get(node.name);
    if (found) node.usage = found;
  }
}
