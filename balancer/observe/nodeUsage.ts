// Measured usage of whole nodes, with what runs outside of pods, by one PromQL query.
import type { Node } from "../model.ts";
import type { Sample } from "../prometheus.ts";

/**
 * From the kubelets' /metrics/resource (`node_…`) or from cAdvisor's root cgroup (`id="/"`), whichever is scraped, with
 * the label `node`. Three values for each node, told apart by `kind`, so that it stays one query.
 * @param rate PromQL range over which CPU is averaged
 */
export function nodeUsageQuery(rate: string): string {
  const either = (fromKubelet: string, fromCadvisor: string) =>
    `max by (node) (${fromKubelet} or ${fromCadvisor})`;
  const cpu = ["node_cpu_usage_seconds_total", 'container_cpu_usage_seconds_total{id="/"}'] as const;
  const memory = ["node_memory_working_set_bytes", 'container_memory_working_set_bytes{id="/"}'] as const;
  return Object.entries({
    cpu: either(`rate(${cpu[0]}[${rate}])`, `rate(${cpu[1]}[${rate}])`),
    memory: either(memory[0], memory[1]),
    sampledAt: either(`timestamp(${cpu[0]})`, `timestamp(${cpu[1]})`),
  })
    .map(([kind, expression]) => `label_replace(${expression}, "kind", "${kind}", "", "")`)
    .join(" or ");
}

/**
 * By the node's name; nodes of which a value is missing are left out.
 * @param evaluatedAt by Prometheus' clock, ms
 * @param now by the cluster's clock, ms
 */
export function readNodeUsage(
  samples: Sample[],
  evaluatedAt: number,
  now: number,
): Map<string, NonNullable<Node["usage"]>> {
  const values = new Map<string, Record<string, number>>();
  for (const { labels, value } of samples) {
    const { node, kind } = labels;
    if (!node || !kind || !Number.isFinite(value)) continue;
    values.set(node, { ...values.get(node), [kind]: value });
  }
  const usage = new Map<string, NonNullable<Node["usage"]>>();
  for (const [node, { cpu, memory, sampledAt }] of values) {
    if (cpu === undefined || memory === undefined || sampledAt === undefined) continue;
    usage.set(node, {
      cpu: cpu * 1000,
      memory,
      sampledAt: now - Math.max(0, evaluatedAt - sampledAt * 1000),
    });
  }
  return usage;
}
