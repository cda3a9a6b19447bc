// The cluster as the feed tells it: a whole one, then changes of it.
import type { Autoscaler, Cluster, ClusterDelta } from "./api.ts";

export const autoscalerKey = ({ namespace, name }: Autoscaler): string => `${namespace}/${name}`;

/** Events that are kept, newest first. */
const eventsKept = 200;

/** The cluster after a change; lists that did not change stay the same object, so that nothing is drawn again. */
export function applyDelta(cluster: Cluster, delta: ClusterDelta): Cluster {
  return {
    nodes: merge(cluster.nodes, delta.nodes, ({ name }) => name),
    pods: merge(cluster.pods, delta.pods, ({ uid }) => uid),
    autoscalers: merge(cluster.autoscalers, delta.autoscalers, autoscalerKey),
    events: delta.events
      ? merge(cluster.events, delta.events, ({ uid }) => uid)
          .sort((a, b) => b.time.localeCompare(a.time))
          .slice(0, eventsKept)
      : cluster.events,
    saving: delta.saving === undefined ? cluster.saving : delta.saving,
  };
}

function merge<Item>(
  items: Item[],
  change: { changed: Item[]; removed: string[] } | undefined,
  keyOf: (item: Item) => string,
): Item[] {
  if (!change) return items;
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  for (const item of change.changed) byKey.set(keyOf(item), item);
  for (const key of change.removed) byKey.delete(key);
  return [...byKey.values()];
}
