// Pools for which the cluster autoscaler has given up for now: nothing voluntary counts on them.
import type { PoolHealth, Priority } from "../model.ts";
import type { Policy } from "../policy.ts";
import type { NodeView } from "./nodes.ts";

/** Their names when there is trouble with every pool of the priority; one healthy pool is enough for none. */
export function troubledPools(
  priority: Priority,
  nodes: NodeView[],
  health: PoolHealth[],
  { pools: { nameLabel } }: Policy,
): string[] {
  const names = new Set<string>();
  for (const { node, priority: own } of nodes) {
    const name = node.labels[nameLabel];
    if (own === priority && name !== undefined) names.add(name);
  }
  const inTrouble = (name: string) =>
    health.some((entry) => entry.pool.includes(name) && (entry.backoff || entry.health === "Unhealthy"));
  return [...names].every(inTrouble) ? [...names].sort() : [];
}
