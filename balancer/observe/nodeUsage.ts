// Measured usage of whole nodes, with what runs outside of pods, by one PromQL query.
import type { Node } from "../model.ts";
import type { Sample } from "../prometheus.ts";

/**
 * From the kubelets' /metrics/resource (`node_…`) or from cAdvisor's root cgroup (`id="/"`), whichever is scraped, with
 * the label `node`. Three values for each node, told apart by `kind`, so that it stays one query.
 * @param rate PromQL range over which CPU is averaged
 * @param where further label matchers, each after a comma
 */
export function nodeUsageQuery(rate: string, where: string): string {
  const either = (fromKubelet: string, fromCadvisor: string) =>
    `max by (node) (${fromKubelet} or ${fromCadvisor})`;
  const of = (fromKubelet: string, fromCadvisor: string) =>
    [`${fromKubelet}{node!=""${where}}`, `${fromCadvisor}{id="/",node!=""${where}}`] as const;
  const cpu = of("node_cpu_usage_seconds_total", "container_cpu_usage_seconds_total");
  const memory = of("node_memory_working_set_bytes", "container_memory_working_set_bytes");
  return Object.entries({
    cpu: either(`rate(${cpu[0]}[${rate}])`, `sum without (cpu) (rate(${cpu[1]}[${rate}]))`),
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
  const values = new Map<string, { [kind in Kind]?: number }>();
  for (const { labels, value } of samples) {
    const { node, kind } = labels;
    if (!node || !isKind(kind) || !Number.isFinite(value) || value < 0) continue;
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

const kinds = ["cpu", "memory", "sampledAt"] as const;
type Kind = (typeof kinds)[number];
const isKind = (kind: string | undefined): kind is Kind => kinds.some((known) => known === kind);
