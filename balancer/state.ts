// What outlives a round, in the cluster: one ConfigMap for the balancer, one annotation on each workload it moved.
import { InputError } from "./failures.ts";
import { isStatus } from "./kube/apiError.ts";
import type { KubeClient } from "./kube/client.ts";
import { type StoredMetrics, emptyMetrics } from "./metrics/round.ts";
import { type BalancerState, type WorkloadMemory, emptyState } from "./model.ts";

/** Field manager of everything we write. */
export const fieldManager = "spot-balancer";

/** Annotations on a workload; the first one is for us, the others for people. */
const annotations = {
  memory: "spot-balancer/memory",
  lastMovedAt: "spot-balancer/last-moved-at",
  lastReason: "spot-balancer/last-reason",
} as const;

const configMapName = "spot-balancer-state";

/** What is stored: the decision's state, and what the reporter needs to know of the rounds before. */
export interface StoredState {
  balancer: BalancerState;
  told: ToldEvents;
  /** What Prometheus is shown; in a key of its own, which the exporter reads. */
  metrics: StoredMetrics;
}

/** Fingerprint of a workload → the refusal that its last Event told, so that it is not told every minute. */
export type ToldEvents = Record<string, ToldEvent>;

export interface ToldEvent {
  reason: string;
  /** When it was last told; ms since 1970. */
  at: number;
  /** How often it was told. */
  count: number;
}

export interface StateStore {
  stored: StoredState;
  /** Writes all of it. @throws ApiError 409 when somebody else wrote since it was read */
  save(state: StoredState): Promise<void>;
}

interface ConfigMap {
  metadata: { resourceVersion?: string };
  data?: Record<string, string>;
}

/** Reads the ConfigMap; one that is missing or empty is an empty state. */
export async function readState(client: KubeClient, namespace: string): Promise<StateStore> {
  const folder = folderOf(namespace);
  const path = `${folder}/${configMapName}`;
  const found = await find(client, namespace);
  let resourceVersion = found?.metadata.resourceVersion;

  return {
    stored: {
      ...parse(found?.data?.["state.json"], `${namespace}/${configMapName}`),
      metrics: parseMetrics(found?.data?.["metrics.json"]),
    },
    async save({ metrics, ...state }) {
      const data = { "state.json": JSON.stringify(state), "metrics.json": JSON.stringify(metrics) };
      const metadata = { name: configMapName, namespace, resourceVersion };
      const query = { fieldManager };
      const saved =
        resourceVersion === undefined
          ? await client.send<ConfigMap>({
              method: "POST",
              path: folder,
              query,
              body: { apiVersion: "v1", kind: "ConfigMap", metadata, data },
            })
          : await client.send<ConfigMap>({
              method: "PATCH",
              path,
              query,
              contentType: "application/merge-patch+json",
              body: { metadata, data },
            });
      resourceVersion = saved.metadata.resourceVersion;
    },
  };
}

/** The metrics alone, for the exporter. Empty before the first round. */
export async function readMetrics(client: KubeClient, namespace: string): Promise<StoredMetrics> {
  return parseMetrics((await find(client, namespace))?.data?.["metrics.json"]);
}

const folderOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

async function find(client: KubeClient, namespace: string): Promise<ConfigMap | undefined> {
  try {
    return await client.send<ConfigMap>({ path: `${folderOf(namespace)}/${configMapName}` });
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Numbers that cannot be read begin anew: a counter's reset is something that Prometheus knows. */
function parseMetrics(text: string | undefined): StoredMetrics {
  try {
    return { ...emptyMetrics, ...(JSON.parse(text ?? "{}") as Partial<StoredMetrics>) };
  } catch {
    return emptyMetrics;
  }
}

function parse(text: string | undefined, name: string): Omit<StoredState, "metrics"> {
  if (text === undefined) return { balancer: emptyState, told: {} };
  try {
    const state = JSON.parse(text) as Partial<StoredState>;
    return { balancer: { ...emptyState, ...state.balancer }, told: state.told ?? {} };
  } catch (error) {
    // Forgetting the budgets silently would let a crash loop move without end.
    throw new InputError(`The ConfigMap ${name} holds no JSON in state.json; delete that key to start anew`, {
      cause: error,
    });
  }
}

/** Our annotations for a workload that has just been moved. */
export function memoryAnnotations(memory: WorkloadMemory): Record<string, string> {
  return {
    [annotations.memory]: JSON.stringify(memory),
    [annotations.lastMovedAt]: new Date(memory.lastMovedAt).toISOString(),
    [annotations.lastReason]: memory.lastReason,
  };
}

/** What the annotations of a workload say; undefined: never moved, or not readable (somebody edited it). */
export function readMemory(found: Record<string, string> | undefined): WorkloadMemory | undefined {
  const text = found?.[annotations.memory];
  if (text === undefined) return undefined;
  try {
    const memory = JSON.parse(text) as WorkloadMemory;
    return typeof memory.lastMovedAt === "number" && Array.isArray(memory.recentMoves) ? memory : undefined;
  } catch {
    return undefined;
  }
}
