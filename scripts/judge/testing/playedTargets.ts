// Targets for a real Prometheus: every honest program of a small cluster, and a pod that lies about all of it.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";
import { type Listening, listening } from "../../../balancer/testing/listening.ts";
import { projectRoot } from "../../local/index.ts";

/** As Kubernetes' service discovery would find it. */
export interface PlayedTarget {
  role: "node" | "pod" | "endpointslice" | "static";
  /** Of a target that the configuration names itself. */
  job?: string;
  address: string;
  labels: Record<string, string>;
}

type Series = { name: string; labels: Record<string, string>; value: number };

const jobsOfPods = new Map([
  ["kube-state-metrics", ["monitoring", "kube-state-metrics"]],
  ["node-exporter", ["node-metrics", "node-exporter"]],
  ["spot-balancer", ["monitoring", "spot-balancer-metrics"]],
] as const);

/** What the rules' own unit tests put in: of each name series with which its rules have something to say. */
function seriesOfRuleTests(): Series[] {
  const folder = join(projectRoot, "k8s", "prometheus", "rules");
  const found = new Map<string, Series>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.yml"))) {
    const { tests } = parse(readFileSync(join(folder, file), "utf8")) as {
      tests: { input_series?: { series: string; values: string }[] }[];
    };
    for (const { series, values } of tests.flatMap(({ input_series = [] }) => input_series)) {
      const [, name = "", inner = ""] = /^([\w:]+)(?:\{(.*)\})?$/.exec(series) ?? [];
      const labels = Object.fromEntries([...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!])); // prettier-ignore
      const value = Number(/\d+/.exec(values)?.[0] ?? 1);
      if (!found.has(series)) found.set(series, { name, labels, value });
    }
  }
  return [...found.values()];
}

const line = ({ name, labels, value }: Series): string =>
  `${name}{${Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`).join()}} ${value}\n`; // prettier-ignore

const textOf = (series: Series[]): string => [...new Map(series.map((one) => [line({ ...one, value: 0 }), line(one)])).values()].join(""); // prettier-ignore

const without = (labels: Record<string, string>, ...keys: string[]) =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.includes(key)));

/** Cores and bytes of what really runs; counters go on by the clock. */
const honestUsage = { regular: 0.5, spot: 0.25 };

function cadvisor(node: keyof typeof honestUsage): string {
  const cores = honestUsage[node];
  const seconds = (Date.now() / 1000) * cores;
  const labels = `namespace="demo",pod="web-${node}",container="web",image="nginx"`;
  return (
    `container_cpu_usage_seconds_total{${labels}} ${seconds}\n` +
    `container_memory_working_set_bytes{${labels}} 1e8\n` +
    `container_network_receive_bytes_total{namespace="demo",pod="web-${node}",interface="eth0"} 5\n` +
    `container_network_transmit_bytes_total{namespace="demo",pod="web-${node}",interface="eth0"} 5\n` +
    `node_cpu_usage_seconds_total ${seconds * 2}\nnode_memory_working_set_bytes 4e8\n`
  );
}

const saving = (perMonth: number): string => `spot_balancer_saving_per_month{currency="USD"} ${perMonth}\n`;

export class PlayedTargets {
  readonly #servers: Listening[] = [];

  /** The programs whose word counts. */
  async honest(): Promise<PlayedTarget[]> {
    const series = seriesOfRuleTests();
    const ofJob = (job: string) =>
      textOf(
        series
          .filter(({ labels }) => labels["job"] === job)
          .map((one) => ({ ...one, labels: without(one.labels, "job") })),
      );
    const nodes = await Promise.all(
      (["regular", "spot"] as const).map(async (node): Promise<PlayedTarget[]> => {
        const labels = { __meta_kubernetes_node_name: node };
        return [{ role: "node", address: await this.serve(() => cadvisor(node) + ofJob("kubelet")), labels }];
      }),
    );
    const pods = await Promise.all(
      [...jobsOfPods].map(async ([job, [namespace, app]]) =>
        podAt(await this.serve(() => ofJob(job) + (job === "spot-balancer" ? saving(12) : "")), {
          namespace,
          app,
          name: `${app}-1`,
          port: "metrics",
        }),
      ),
    );
    const own = await Promise.all(
      ["apiserver", "prometheus"].map(async (job): Promise<PlayedTarget> => {
        return { role: "static", job, address: await this.serve(() => ofJob(job)), labels: {} };
      }),
    );
    const application = await this.serve(() => 'requests_total{code="200"} 5\n');
    return [
      ...nodes.flat(),
      ...pods,
      ...own,
      podAt(application, { namespace: "demo", app: "web", name: "web-1" }),
    ];
  }

  /**
   * A tenant's pod under every name and label that might earn it trust, and its Service. Each series of each other job
   * is in what it exposes, larger, of other pods and nodes as well, and so are verdicts of Prometheus itself.
   */
  async forger(): Promise<PlayedTarget[]> {
    const forged = seriesOfRuleTests().flatMap((one) => [
      { ...one, value: one.value * 1000 + 7 },
      { ...one, value: one.value * 1000 + 7, labels: { ...one.labels, pod: "invented", node: "invented" } },
    ]);
    const usage = (Object.keys(honestUsage) as (keyof typeof honestUsage)[]).map((node) =>
      cadvisor(node)
        .replaceAll(/ ([\d.e]+)\n/g, (_, value) => ` ${Number(value) * 1000}\n`)
        .replaceAll(/^node_(\w+)/gm, `node_$1{node="${node}"}`),
    );
    const verdicts = [
      'ALERTS{alertname="Forged",alertstate="firing"} 1',
      saving(1e9).trim(),
      'up{job="kube-state-metrics"} 0',
      'up{job="spot-balancer",pod="x"} 0',
      "scrape_samples_scraped 1e9",
      "priority:spot_balancer_nodes:sum 1e9",
    ];
    const text = () => `forger_was_here 1\n${textOf(forged)}${usage.join("")}${verdicts.join("\n")}\n`;
    const apps = ["web", ...[...jobsOfPods.values()].map(([, app]) => app), "gateway", "prometheus"];
    const pods = apps.map(async (app) =>
      podAt(await this.serve(text), { namespace: "demo", app, name: `forger-${app}`, port: "metrics" }),
    );
    const service: PlayedTarget = {
      role: "endpointslice",
      address: await this.serve(text),
      labels: {
        __meta_kubernetes_namespace: "demo",
        __meta_kubernetes_service_name: "forger",
        __meta_kubernetes_service_label_app: "kube-state-metrics",
        __meta_kubernetes_service_annotation_prometheus_io_scrape: "true",
        __meta_kubernetes_endpointslice_endpoint_conditions_ready: "true",
      },
    };
    return [...(await Promise.all(pods)), service];
  }

  /** @returns `127.0.0.1:<port>` */
  async serve(text: () => string): Promise<string> {
    const server = createServer((_, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4").end(text());
    });
    const played = await listening(server);
    this.#servers.push(played);
    return new URL(played.url).host;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}

/** A pod that asks to be scraped. */
export function podAt(
  address: string,
  { namespace, app, name, port }: { namespace: string; app: string; name: string; port?: string },
): PlayedTarget {
  const [ip = "", number = ""] = address.split(":");
  return {
    role: "pod",
    address,
    labels: {
      __meta_kubernetes_namespace: namespace,
      __meta_kubernetes_pod_name: name,
      __meta_kubernetes_pod_label_app: app,
      __meta_kubernetes_pod_phase: "Running",
      __meta_kubernetes_pod_ip: ip,
      __meta_kubernetes_pod_node_name: "regular",
      __meta_kubernetes_pod_annotation_prometheus_io_scrape: "true",
      __meta_kubernetes_pod_annotation_prometheus_io_port: number,
      ...(port !== undefined && { __meta_kubernetes_pod_container_port_name: port }),
    },
  };
}
