// How nodes, pods and their usage are distributed over the pools.
import { priorityOf } from "../decide/nodeView.ts";
import type { Pod, Resources, Snapshot } from "../model.ts";
import type { Policy } from "../policy.ts";
import { type Series, add, seriesKey } from "./series.ts";

/** Compact, as one record per node is stored: CPU used and allocatable in millicores, memory in bytes. */
export type NodeNumbers = [cpu: number, allocatableCpu: number, memory: number, allocatableMemory: number];

export interface PoolNodes {
  pool: string;
  /** `regular`, `spot`, or `other` for nodes that are none of the balancer's business. */
  priority: string;
  nodes: Record<string, NodeNumbers>;
}

/** About 110 KB of the ConfigMap's 1 MiB; beyond it there are the numbers of the pools only. */
const maxNodes = 2000;

/** Gauges by pool, and the numbers of single nodes: the first ones by name. */
export function poolNumbers(
  { nodes, pods }: Snapshot,
  policy: Policy,
): { gauges: Series; pools: PoolNodes[] } {
  const podsByNode = Map.groupBy(pods, ({ nodeName }) => nodeName ?? "");
  const views = nodes
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => {
      const own = podsByNode.get(node.name) ?? [];
      const pool = node.labels[policy.pools.nameLabel] ?? "none";
      const priority = priorityOf(node, policy) ?? "other";
      return {
        node,
        pool,
        priority,
        count: own.length,
        requested: sum(own, ({ requests }) => requests),
        used: sum(own, ({ usage }) => usage),
      };
    });
  const gauges: Series = { [seriesKey("pods_pending")]: podsByNode.get("")?.length ?? 0 };
  const pools: PoolNodes[] = [];
  for (const members of Map.groupBy(views, ({ pool, priority }) => `${priority} ${pool}`).values()) {
    const { pool, priority } = members[0]!;
    const labels = { node_pool: pool, priority };
    const allocatable = sum(members, ({ node }) => node.allocatable);
    add(gauges, seriesKey("nodes", labels), members.length);
    for (const { count } of members) add(gauges, seriesKey("pods", labels), count);
    for (const type of ["requested", "used"] as const) {
      const total = sum(members, (member) => member[type]);
      for (const resource of ["cpu", "memory"] as const) {
        if (allocatable[resource] === 0) continue;
        const key = seriesKey("pool_utilization_ratio", { ...labels, resource, type });
        gauges[key] = Number((total[resource] / allocatable[resource]).toFixed(4));
      }
    }
    pools.push({ pool, priority, nodes: {} });
  }
  for (const { node, pool, priority, used } of views.slice(0, maxNodes)) {
    const { cpu, memory } = node.allocatable;
    const home = pools.find((one) => one.pool === pool && one.priority === priority)!;
    home.nodes[node.name] = [Math.round(used.cpu), cpu, Math.round(used.memory), memory];
  }
  return { gauges, pools };
}

/** The stored numbers of single nodes as series, in base units. */
export function nodeSeries(pools: PoolNodes[]): Series {
  const series: Series = {};
  for (const { pool, priority, nodes } of pools) {
    for (const [node, [cpu, allocatableCpu, memory, allocatableMemory]] of Object.entries(nodes)) {
      const labels = { node, node_pool: pool, priority };
      series[seriesKey("node_cpu_usage_cores", labels)] = cpu / 1000;
      series[seriesKey("node_cpu_allocatable_cores", labels)] = allocatableCpu / 1000;
      series[seriesKey("node_memory_usage_bytes", labels)] = memory;
      series[seriesKey("node_memory_allocatable_bytes", labels)] = allocatableMemory;
    }
  }
  return series;
}

/** CPU hours on spot that would be on regular, in money: requests of running pods of the namespaces that policy lists. */
export function savingPerMonth({ nodes, pods, workloads }: Snapshot, policy: Policy): number {
  const spot = new Set(nodes.filter((node) => priorityOf(node, policy) === "spot").map(({ name }) => name));
  const placeholders = new Set(
    workloads
      .filter(({ template }) => template.priority < 0)
      .map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`),
  );
  const millicores = pods
    .filter(({ nodeName, namespace, workload, deletingAt }) => {
      const counts = spot.has(nodeName ?? "") && Object.hasOwn(policy.namespaces, namespace);
      return counts && deletingAt === undefined && !placeholders.has(workload ?? "");
    })
    .reduce((total, pod: Pod) => total + pod.requests.cpu, 0);
  const { regularPerCpuHour, spotPerCpuHour } = policy.costs;
  return Number(((millicores / 1000) * (regularPerCpuHour - spotPerCpuHour) * hoursPerMonth).toFixed(2));
}

const hoursPerMonth = 730;

function sum<Item>(items: readonly Item[], part: (item: Item) => Resources | undefined): Resources {
  const total = { cpu: 0, memory: 0 };
  for (const item of items) {
    const { cpu = 0, memory = 0 } = part(item) ?? {};
    total.cpu += cpu;
    total.memory += memory;
  }
  return total;
}
