// Every metric family of the balancer: name, type and meaning. What is not in this list is not served.
export interface Family {
  type: "counter" | "gauge" | "histogram";
  help: string;
}

/** Name without the prefix `spot_balancer_`. Base units (seconds, bytes, cores, ratios 0…1), counters end in `_total`. */
export const families = {
  build_info: { type: "gauge", help: "1, by version of the exporter." },
  rounds_total: {
    type: "counter",
    help: "Rounds by result: Done, Degraded (no usage, or a move failed), Crashed (died after its plan was stored).",
  },
  moves_total: {
    type: "counter",
    help: "Planned moves by what came of them; result Unknown: the round died before it could tell.",
  },
  spot_nodes_lost_total: { type: "counter", help: "Spot nodes that were lost, condemned or not ready." },
  api_requests_total: { type: "counter", help: "Requests to the API server, retries included." },
  prometheus_queries_total: { type: "counter", help: "Queries to Prometheus, retries included." },
  round_duration_seconds: { type: "histogram", help: "Duration of the rounds until their moves were done." },
  last_round_timestamp_seconds: { type: "gauge", help: "When the last round stored its numbers." },
  last_success_timestamp_seconds: { type: "gauge", help: "When the last round ended with result Done." },
  samples_age_seconds: { type: "gauge", help: "Age of the newest usage sample; missing without any." },
  usage_available: { type: "gauge", help: "1 when Prometheus gave usage that policy believes, else 0." },
  workloads: {
    type: "gauge",
    help: "Workloads that policy has a say in, by where their template asks to run.",
  },
  refusals: { type: "gauge", help: "Workloads that stay as they are, by reason, in the last round." },
  pods: { type: "gauge", help: "Pods by the node pool that they run on." },
  pods_pending: { type: "gauge", help: "Pods without a node." },
  nodes: { type: "gauge", help: "Nodes by pool and priority." },
  pool_utilization_ratio: {
    type: "gauge",
    help: "Part of a pool's allocatable resource that is requested, or used.",
  },
  node_cpu_usage_cores: { type: "gauge", help: "CPU that the node's pods use." },
  node_cpu_allocatable_cores: { type: "gauge", help: "CPU that pods can have on the node." },
  node_memory_usage_bytes: { type: "gauge", help: "Working set of the node's pods." },
  node_memory_allocatable_bytes: { type: "gauge", help: "Memory that pods can have on the node." },
  saving_per_month: {
    type: "gauge",
    help: "CPU requested on spot by what policy moves, priced regular less spot (policy costs), for 730 hours.",
  },
  watch_current: { type: "gauge", help: "1 while the watcher knows the spot nodes as they are now." },
  watch_nodes: { type: "gauge", help: "Spot nodes that the watcher knows." },
  watch_rounds_total: {
    type: "counter",
    help: "Rounds that the watcher started, by what came of them; More: with pods left on nodes that end, Held: another balancer acted.",
  },
  watch_reaction_seconds: {
    type: "histogram",
    help: "From what was seen of a spot node until the moves of the round that it started were done.",
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;

export const prefix = "spot_balancer_";
