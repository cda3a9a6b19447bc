// The health of the node pools, as the cluster autoscaler writes it into its status ConfigMap.
import { parse } from "yaml";
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { timeOf } from "../kube/json.ts";
import type { PoolHealth } from "../model.ts";

/** Format since Cluster Autoscaler 1.30 (`clusterstate/api/types.go`); older ones wrote prose. */
interface AutoscalerStatus {
  nodeGroups?: {
    name?: string;
    health?: { status?: string; minSize?: number; maxSize?: number };
    scaleUp?: { status?: string; lastTransitionTime?: string };
  }[];
}

/** Empty when no autoscaler runs, or it writes in a way that is not known. */
export async function readPoolHealth(client: KubeClient): Promise<PoolHealth[]> {
  const path = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status";
  try {
    const { data } = await client.send<{ data?: Record<string, string> }>({ path });
    return parsePoolHealth(data?.["status"] ?? "");
  } catch (error) {
    if (isStatus(error, 404)) return [];
    throw error;
  }
}

export function parsePoolHealth(text: string): PoolHealth[] {
  let status: AutoscalerStatus | string | null;
  try {
    status = parse(text) as AutoscalerStatus | string | null;
  } catch {
    return [];
  }
  if (typeof status !== "object" || status === null) return [];
  return (status.nodeGroups ?? []).map(({ name, health, scaleUp }) => ({
    pool: name ?? "",
    health: health?.status === "Unhealthy" ? "Unhealthy" : "Healthy",
    backoff: scaleUp?.status === "Backoff",
    since: timeOf(scaleUp?.lastTransitionTime),
    ...(typeof health?.minSize === "number" && { minSize: health.minSize }),
    ...(typeof health?.maxSize === "number" && { maxSize: health.maxSize }),
  }));
}
