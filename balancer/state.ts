// What outlives a round, in the cluster: one ConfigMap for the balancer, one annotation on each workload it moved.
import { isDeepStrictEqual } from "node:util";
import { isStatus, unlessStatus } from "./kube/apiError.ts";
import type { KubeClient } from "./kube/client.ts";
import { type StoredMetrics, emptyMetrics } from "./metrics/round.ts";
import { type BalancerState, type WorkloadMemory, emptyState } from "./model.ts";
import { type ToldEvents, readDecisionState, readStoredMetrics, readWorkloadMemory } from "./state/schema.ts";

/** Field manager of everything we write. */
export const fieldManager = "spot-balancer";

/** Annotations on a workload; the first one is for us, the others for people. */
const annotations = {
  memory: "spot-balancer/memory",
  lastMovedAt: "spot-balancer/last-moved-at",
  lastReason: "spot-balancer/last-reason",
} as const;

export const annotationKeys: readonly string[] = Object.values(annotations);

const configMapName = "spot-balancer-state";

/** What is stored: the decision's state, and what the reporter needs to know of the rounds before. */
export interface StoredState {
  balancer: BalancerState;
  told: ToldEvents;
  /** What Prometheus is shown; in a key of its own, which the exporter reads. */
  metrics: StoredMetrics;
}

export interface StateStore {
  stored: StoredState;
  /** What could not be read of it, and so begins anew. */
  problems: string[];
  /** Writes all that there is room for. @throws ApiError 409 when somebody else wrote into it since it was read */
  save(state: StoredState): Promise<void>;
}

interface ConfigMap {
  metadata: { resourceVersion?: string };
  data?: Record<string, string>;
}

/**
 * Reads the ConfigMap; one that is missing or empty is an empty state, and so is what cannot be read: lost spot nodes are
 * left whatever somebody wrote there. What was moved lately is remembered on the workloads, so no budget of moves is lost.
 */
export async function readState(client: KubeClient, namespace: string): Promise<StateStore> {
  const found = await find(client, namespace);
  let known = found;

  const problems: string[] = [];
  const data = (key: string) => (typeof found?.data?.[key] === "string" ? found.data[key] : undefined);
  const take = <T>(key: string, none: T, reading: (text: string) => { value?: T; problem?: string }): T => {
    const text = data(key);
    if (text === undefined) return none;
    const { value, problem } = reading(text);
    if (problem !== undefined) {
      problems.push(
        `${key} of the ConfigMap ${namespace}/${configMapName} cannot be read and begins anew: ${problem}`,
      );
    }
    return value ?? none;
  };
  const nothing = { balancer: emptyState, told: {} };

  return {
    stored: {
      ...take("state.json", nothing, (text) => readDecisionState(text, client.now())),
      metrics: take("metrics.json", emptyMetrics, readStoredMetrics),
    },
    problems,
    async save(state) {
      const data = dataOf(state);
      try {
        known = await write(client, namespace, known, data);
      } catch (error) {
        // It was labeled or deleted meanwhile. What another round has written into it stays.
        if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
        const now = await find(client, namespace);
        if (now && !isDeepStrictEqual(now.data, known?.data)) throw error;
        known = await write(client, namespace, now, data);
      }
    },
  };
}

/** Of the 1 MiB that a ConfigMap may hold; the rest is for what others write on it. */
const mostBytes = 1_000_000;

/** Without what is least needed, where there is too much (Altinity/clickhouse-operator#1710): Events that are told again, then the graphs of nodes. */
function dataOf(state: StoredState): Record<string, string> {
  const untold = { ...state, told: {} };
  const leastNeededFirst = [state, untold, { ...untold, metrics: { ...state.metrics, pools: [] } }];
  const texts = leastNeededFirst.map(({ metrics, ...rest }) => {
    return { "state.json": JSON.stringify(rest), "metrics.json": JSON.stringify(metrics) };
  });
  const fits = (data: object) => Buffer.byteLength(Object.values(data).join("")) <= mostBytes;
  return texts.find(fits) ?? texts.at(-1)!;
}

function write(
  client: KubeClient,
  namespace: string,
  known: ConfigMap | undefined,
  data: Record<string, string>,
): Promise<ConfigMap> {
  const metadata = { name: configMapName, namespace, resourceVersion: known?.metadata.resourceVersion };
  return client.send<ConfigMap>({
    method: "PATCH",
    path: pathIn(namespace),
    query: { fieldManager },
    // One that is missing is made by server-side apply: the right to create is bound to its name (k8s/balancer/role.yaml).
    contentType: known ? "application/merge-patch+json" : "application/apply-patch+yaml",
    body: known ? { metadata, data } : { apiVersion: "v1", kind: "ConfigMap", metadata, data },
  });
}

/** The metrics alone, for the exporter. Empty before the first round. */
export async function readMetrics(client: KubeClient, namespace: string): Promise<StoredMetrics> {
  const text = (await find(client, namespace))?.data?.["metrics.json"];
  // Numbers that cannot be read begin anew: a counter's reset is something that Prometheus knows.
  return (text === undefined ? undefined : readStoredMetrics(text).value) ?? emptyMetrics;
}

const pathIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/${configMapName}`;

const find = (client: KubeClient, namespace: string): Promise<ConfigMap | undefined> =>
  unlessStatus(client.send<ConfigMap>({ path: pathIn(namespace) }), 404);

/** Takes everything out of it, as it was shipped. */
export async function clearState(client: KubeClient, namespace: string): Promise<void> {
  const found = await find(client, namespace);
  if (Object.keys(found?.data ?? {}).length === 0) return;
  await client.send({
    method: "PATCH",
    path: pathIn(namespace),
    query: { fieldManager },
    contentType: "application/merge-patch+json",
    body: { data: null },
    repeatable: true,
  });
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
  return text === undefined ? undefined : readWorkloadMemory(text);
}
