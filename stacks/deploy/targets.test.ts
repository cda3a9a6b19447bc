// What Prometheus reads, by which job, and what it takes from there: prometheus.yml applied to the pods of k8s/, and to strangers.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { readWorkloadFile } from "./manifests.ts";
import { findPodTemplate } from "./podSpec.ts";
import { everyManifest } from "./testing/everyManifest.ts";

type Labels = Record<string, string>;
interface Relabeling {
  source_labels?: string[];
  regex?: string;
  target_label?: string;
  replacement?: string;
  action?: string;
}
interface Job {
  job_name: string;
  honor_labels?: boolean;
  honor_timestamps?: boolean;
  sample_limit?: number;
  body_size_limit?: string;
  kubernetes_sd_configs?: { role: string; namespaces?: { names: string[] } }[];
  relabel_configs?: Relabeling[];
  metric_relabel_configs?: Relabeling[];
}

const { scrape_configs: jobs } = parse(readWorkloadFile("prometheus/prometheus.yml"), { merge: true }) as {
  scrape_configs: Job[];
};
const jobOf = (name: string) => jobs.find(({ job_name }) => job_name === name) ?? assert.fail(name);

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config; undefined: dropped. */
function relabel(labels: Labels, rules: Relabeling[] = []): Labels | undefined {
  let found = { ...labels };
  for (const { source_labels = [], regex = "(.*)", target_label, replacement = "$1", action } of rules) {
    const whole = new RegExp(`^(?:${regex})$`, "s");
    const value = source_labels.map((name) => found[name] ?? "").join(";");
    if (action === "keep" && !whole.test(value)) return undefined;
    else if (action === "drop" && whole.test(value)) return undefined;
    else if (action === "labeldrop")
      found = Object.fromEntries(Object.entries(found).filter(([name]) => !whole.test(name)));
    else if (action === undefined && whole.test(value))
      found[target_label!] = value.replace(whole, replacement);
    else assert.ok(["keep", "drop", undefined].includes(action), action);
  }
  return found;
}

interface Pod {
  namespace: string;
  app: string;
  port?: { name: string; containerPort: number } | undefined;
  annotations?: Labels;
  phase?: string;
  node?: Labels;
}

const meta = (prefix: string, labels: Labels) =>
  Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [`${prefix}_${key.replace(/\W/g, "_")}`, value]),
  );

/** As service discovery describes one port of a pod: …/configuration/#pod */
const described = ({
  namespace,
  app,
  port,
  annotations = {},
  phase = "Running",
  node = {},
}: Pod): Labels => ({
  __address__: `10.0.0.7:${port?.containerPort ?? 80}`,
  __metrics_path__: "/metrics",
  __meta_kubernetes_namespace: namespace,
  __meta_kubernetes_pod_name: `${app}-x`,
  __meta_kubernetes_pod_ip: "10.0.0.7",
  __meta_kubernetes_pod_node_name: "node-1",
  __meta_kubernetes_pod_phase: phase,
  __meta_kubernetes_pod_container_port_name: port?.name ?? "",
  ...meta("__meta_kubernetes_pod_label", { app }),
  ...meta("__meta_kubernetes_pod_annotation", annotations),
  ...meta("__meta_kubernetes_node_annotation", node),
});

/** `job address/path labels` of each target that a pod is. */
function targetsOf(pods: Pod[]): string[] {
  const found = jobs.flatMap((job) =>
    pods.flatMap((pod) => {
      const [discovery] = job.kubernetes_sd_configs ?? [];
      if (discovery?.role !== "pod" || !discovery.namespaces?.names.includes(pod.namespace)) return [];
      const target = relabel(described(pod), job.relabel_configs);
      if (!target) return [];
      const labels = Object.entries(target).filter(([name]) => !name.startsWith("__"));
      const address = target["__address__"]!.replace("10.0.0.7", "");
      return `${job.job_name} ${address}${target["__metrics_path__"]} ${labels.map((each) => each.join("=")).join(" ")}`;
    }),
  );
  return [...new Set(found)];
}

const annotations = (more: Labels = {}) => ({
  "prometheus.io/scrape": "true",
  "prometheus.io/port": "8080",
  ...more,
});
const shop = { namespace: "demo", app: "shop" };

describe("Prometheus", () => {
  it("reads each workload that has numbers, once, where it serves them", () => {
    const found = everyManifest().flatMap((manifest) => {
      const template = findPodTemplate(manifest);
      if (!template?.spec || manifest.kind === "PodTemplate") return [];
      const [container] = template.spec.containers;
      const ports = container?.ports ?? [undefined];
      const pods = ports.map((port) => ({
        namespace: manifest.metadata.namespace!,
        app: template.metadata!.labels!["app"]!,
        ...(port && { port: { name: port.name!, containerPort: port.containerPort } }),
        annotations: template.metadata?.annotations ?? {},
      }));
      const targets = targetsOf(pods);
      const declared = new Set(ports.map((port) => `:${port?.containerPort}`));
      for (const target of targets) assert.ok(declared.has(/:\d+/.exec(target)![0]), target);
      return [[manifest.metadata.name, targets.map((each) => each.split(" ", 2).join(" ")).join()] as const];
    });
    const inPods = (names: string[], port: number) =>
      Object.fromEntries(names.map((name) => [name, `pods :${port}/metrics`]));
    assert.deepEqual(Object.fromEntries(found.filter(([, targets]) => targets)), {
      ...inPods(["backend-a", "backend-b", "frontend", "gateway"], 9464),
      ...inPods(["accounts", "fraud-check", "ledger", "payments", "reports", "statements"], 8080),
      ...inPods(["grafana"], 3000),
      "kube-state-metrics": "kube-state-metrics :8080/metrics",
      "node-exporter": "node-exporter :9100/metrics",
      "spot-balancer-metrics": "spot-balancer :9464/metrics",
      "spot-balancer-watch": "spot-balancer :9464/metrics",
    });
  });

  const cases: [what: string, pod: Partial<Pod>, targets: string[]][] = [
    ["a pod that asks for it", { annotations: annotations() }, ["pods :8080/metrics namespace=demo pod=shop-x app=shop"]],
    ["at the path that it names", { annotations: annotations({ "prometheus.io/path": "/own" }) }, ["pods :8080/own namespace=demo pod=shop-x app=shop"]],
    ["none that does not ask", { annotations: { "prometheus.io/port": "8080" } }, []],
    ["none that has ended", { annotations: annotations(), phase: "Succeeded" }, []],
    ["none that kwok plays", { annotations: annotations(), node: { "kwok.x-k8s.io/node": "fake" } }, []],
    ["none of a namespace that is not ours", { annotations: annotations(), namespace: "other" }, []],
    // Its label says that it is the balancer's, or the API server's; it is believed where nobody else runs pods.
    ["a pod that takes our name for what it is", { annotations: annotations(), app: "spot-balancer-metrics", port: { name: "metrics", containerPort: 1 } }, ["pods :8080/metrics namespace=demo pod=spot-balancer-metrics-x app=spot-balancer-metrics"]],
    ["of the balancer its port for numbers alone", { namespace: "monitoring", app: "spot-balancer-watch", port: { name: "http", containerPort: 1 } }, []],
    ["of the machines' exporter which node it is on", { namespace: "node-metrics", app: "node-exporter", port: { name: "metrics", containerPort: 9100 } }, ["node-exporter :9100/metrics node=node-1 namespace=node-metrics pod=node-exporter-x app=node-exporter"]],
  ]; // prettier-ignore
  for (const [what, pod, targets] of cases)
    it(`reads ${what}`, () => {
      assert.deepEqual(targetsOf([{ ...shop, ...pod }]), targets);
    });

  /** Names that a job takes from what it reads. */
  const takes = (job: string, names: string[]) =>
    names.filter((name) => relabel({ __name__: name }, jobOf(job).metric_relabel_configs));
  const foreign = [
    ...["container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "node_cpu_seconds_total"],
    ...["pod_cpu_usage_seconds_total", "kube_pod_owner", "kubelet_node_name", "apiserver_request_total"],
    ...["spot_balancer_moves_total", "prometheus_rule_evaluation_failures_total", "up", "ALERTS", "ALERTS_FOR_STATE"],
    ...["scrape_duration_seconds", "node:node_pool:info", ...recorded()],
  ]; // prettier-ignore

  function recorded(): string[] {
    const folder = new URL("../../k8s/prometheus/rules/", import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith(".rules.yml"));
    const texts = files.map((name) => readFileSync(new URL(name, folder), "utf8"));
    return texts.flatMap((text) => [...text.matchAll(/record: (\S+)/g)].map(([, name]) => name!));
  }

  it("takes from pods of anybody no name that others are believed to have, no time, and no more than they have to say", () => {
    assert.ok(foreign.length > 25);
    for (const name of ["pods", "services"]) {
      assert.deepEqual(takes(name, [...foreign, "http_requests_total", "upstream_seconds"]), ["http_requests_total", "upstream_seconds"]); // prettier-ignore
      const { honor_labels, honor_timestamps, sample_limit, body_size_limit } = jobOf(name);
      assert.deepEqual([honor_labels, honor_timestamps], [undefined, false]);
      assert.deepEqual([sample_limit, body_size_limit], [5000, "5MB"]);
    }
  });

  const taken: [job: string, names: string[]][] = [
    ["nodes", ["container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "pod_cpu_usage_seconds_total", "node_memory_working_set_bytes", "container_network_receive_bytes_total"]],
    ["kubelet", ["kubelet_node_name", "kubelet_running_pods", "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"]],
    ["node-exporter", ["node_cpu_seconds_total", "node_memory_MemAvailable_bytes"]],
    ["spot-balancer", ["spot_balancer_moves_total", "spot_balancer_watch_current"]],
    ["apiserver", ["apiserver_request_total", "process_cpu_seconds_total"]],
  ]; // prettier-ignore
  for (const [job, names] of taken)
    it(`takes of ${job} what rules, dashboards and the balancer use, and nothing else`, () => {
      const others = ["go_goroutines", "container_fs_reads_total", ...names.map((name) => `x_${name}`)];
      assert.deepEqual(takes(job, [...names, ...others]), names);
    });

  it("knows a node by its name, and asks it where it says that its numbers are", () => {
    const node = {
      __address__: "10.0.0.1:10250",
      __metrics_path__: "/metrics/cadvisor",
      __meta_kubernetes_node_name: "n1",
    };
    const at = meta("__meta_kubernetes_node_annotation", { "metrics.k8s.io/resource-metrics-path": "/metrics/nodes/n1" }); // prettier-ignore
    const pathOf = (labels: Labels) => relabel({ ...node, ...labels }, jobOf("nodes").relabel_configs);
    assert.deepEqual([pathOf({})?.["__metrics_path__"], pathOf(at)?.["__metrics_path__"], pathOf({})?.["node"]], ["/metrics/cadvisor", "/metrics/nodes/n1", "n1"]); // prettier-ignore
    const kubelet = (labels: Labels) => relabel({ ...node, ...labels }, jobOf("kubelet").relabel_configs)?.["node"]; // prettier-ignore
    assert.equal(kubelet({}), "n1");
    assert.equal(kubelet(meta("__meta_kubernetes_node_annotation", { "kwok.x-k8s.io/node": "fake" })), undefined); // prettier-ignore
    // A pod of the node cannot say that it is another one's.
    assert.deepEqual(
      relabel({ __name__: "container_cpu_usage_seconds_total", node: "n1", exported_node: "n2" }, jobOf("nodes").metric_relabel_configs),
      { __name__: "container_cpu_usage_seconds_total", node: "n1" },
    ); // prettier-ignore
  });

  it("reads a Service that asks for it at each endpoint that is ready", () => {
    const endpoint = (ready: string, port = "9000") =>
      relabel(
        {
          __address__: "10.0.0.7:8080",
          ...{ __meta_kubernetes_namespace: "demo", __meta_kubernetes_service_name: "shop" },
          __meta_kubernetes_service_annotation_prometheus_io_scrape: "true",
          __meta_kubernetes_service_annotation_prometheus_io_port: port,
          __meta_kubernetes_endpointslice_endpoint_conditions_ready: ready,
        },
        jobOf("services").relabel_configs,
      );
    assert.equal(endpoint("false"), undefined);
    const { __address__: address, namespace, service } = endpoint("true")!;
    assert.deepEqual([address, namespace, service], ["10.0.0.7:9000", "demo", "shop"]);
    assert.equal(endpoint("true", "")?.["__address__"], "10.0.0.7:8080");
  });
});
