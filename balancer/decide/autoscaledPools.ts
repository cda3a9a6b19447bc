// What the cluster autoscaler says of pools: which it has given up on for now, and how many nodes may still go.
import type { PoolHealth, Priority } from "../model.ts";
import type { NodeView } from "./nodeView.ts";

/** The autoscaler's entry for a pool; its groups have longer names, `aks-spot-12345678-vmss` for `spot`. */
export function healthOf(pool: string, health: PoolHealth[]): PoolHealth | undefined {
  return (
    health.find((entry) => entry.pool === pool) ??
    health.find((entry) => asWords(entry.pool).includes(asWords(pool)))
  );
}

/** `aks-spot-1` → `-aks-spot-1-`, so that `spot` is found in it and `spo` is not. */
const asWords = (name: string) => `-${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}-`;

/** Their names when there is trouble with every pool of the priority; one healthy pool is enough for none. */
export function troubledPools(priority: Priority, nodes: NodeView[], health: PoolHealth[]): string[] {
  const names = new Set<string>();
  for (const view of nodes) if (view.priority === priority && view.pool !== "") names.add(view.pool);
  const inTrouble = (name: string) => {
    const entry = healthOf(name, health);
    return entry !== undefined && (entry.backoff || entry.health === "Unhealthy");
  };
  return [...names].every(inTrouble) ? [...names].sort() : [];
}
