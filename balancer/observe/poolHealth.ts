// The health of the node pools, as the cluster autoscaler writes it into its status ConfigMap.
import { parse } from "yaml";
import { ApiError, isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { timeOf } from "../kube/json.ts";
import type { PoolHealth } from "../model.ts";

/** Format since Cluster Autoscaler 1.30 (`clusterstate/api/types.go`); older ones wrote prose. */
interface AutoscalerStatus {
  /** `2026-11-29 17:14:05.313211711 +0000 UTC`: when it was written. */
  time?: unknown;
  nodeGroups?: unknown;
}

interface NodeGroup {
  name?: unknown;
  health?: {
    status?: unknown;
    minSize?: unknown;
    maxSize?: unknown;
    nodeCounts?: { registered?: { total?: unknown } };
  };
  scaleUp?: { status?: unknown; lastTransitionTime?: unknown };
}

export interface PoolReport {
  pools: PoolHealth[];
  /** Why what it says is not believed. */
  problem?: string;
}

/**
 * It writes every ten seconds. A status that nobody has updated for so long is that of an autoscaler which is gone, or
 * hangs: what it said of back-off and sizes says nothing any more.
 */
const maxAgeMs = 5 * 60_000;

/** Empty when no autoscaler runs, or it writes in a way that is not known. */
export async function readPoolHealth(client: KubeClient): Promise<PoolReport> {
  const path = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status";
  try {
    const { data, metadata } = await client.send<{
      data?: Record<string, string>;
      metadata?: { annotations?: Record<string, string> };
    }>({ path });
    const text = data?.["status"] ?? "";
    const updated = metadata?.annotations?.["cluster-autoscaler.kubernetes.io/last-updated"];
    const age = client.now() - (writtenAt(text, updated) ?? client.now());
    if (age <= maxAgeMs) return { pools: parsePoolHealth(text) };
    const minutes = Math.round(age / 60_000);
    return {
      pools: [],
      problem: `the cluster autoscaler has not updated its status for ${minutes} min, so nothing in it is believed`,
    };
  } catch (error) {
    if (isStatus(error, 404)) return { pools: [] };
    if (!(error instanceof ApiError)) throw error;
    return {
      pools: [],
      problem: `the cluster autoscaler's status cannot be read, so nothing is known of its pools: ${error.message}`,
    };
  }
}

export function parsePoolHealth(text: string): PoolHealth[] {
  const groups = statusIn(text)?.nodeGroups;
  if (!Array.isArray(groups)) return [];
  return groups.flatMap((group: NodeGroup | null) => {
    if (typeof group?.name !== "string") return [];
    const { name, health, scaleUp } = group;
    const counts = {
      minSize: health?.minSize,
      maxSize: health?.maxSize,
      nodes: health?.nodeCounts?.registered?.total,
    };
    const told = Object.entries(counts).filter(([, count]) => typeof count === "number");
    return {
      pool: name,
      health: health?.status === "Unhealthy" ? "Unhealthy" : "Healthy",
      backoff: scaleUp?.status === "Backoff",
      since: time(scaleUp?.lastTransitionTime),
      ...(Object.fromEntries(told) as Pick<PoolHealth, "minSize" | "maxSize" | "nodes">),
    } satisfies PoolHealth;
  });
}

/** Of a text that is something else, fields are missing. */
function statusIn(text: string): AutoscalerStatus | null | undefined {
  try {
    return parse(text, { maxAliasCount: 0 }) as AutoscalerStatus | null;
  } catch {
    return undefined;
  }
}

/** The later of what the text and its annotation say; undefined: nobody knows. */
function writtenAt(text: string, annotation: string | undefined): number | undefined {
  const times = [statusIn(text)?.time, annotation].flatMap((value) => time(value) ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** Go prints times with nanoseconds and the zone twice: `2026-11-29 17:14:05.313211711 +0000 UTC m=+12.3`. */
function time(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, day, clock] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* \+0000/.exec(value) ?? [];
  return timeOf(day ? `${day}T${clock}Z` : value);
}
