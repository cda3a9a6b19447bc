// Has the pods of a ReplicaSet without owner follow its template: one by one, each when the one before has its successor.
import timers from "node:timers/promises";
import { evictPods } from "../act/evict.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Metadata } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import { workloadPath } from "../kube/workloadPath.ts";
import type { PodRef, WorkloadRef } from "../model.ts";
import { placedAt } from "../placement.ts";
import type { Released } from "./traces.ts";

/** For one pod to have its successor ready. */
const patienceMs = 60_000;
const pollMs = 500;

interface PlacedPod {
  metadata: Metadata;
  spec?: { nodeName?: string };
}

/** @returns why some of its pods are still as they were placed; undefined: none is */
export async function evictPlaced(
  client: KubeClient,
  workload: WorkloadRef,
  uid: string,
): Promise<string | undefined> {
  const pods = await listAll(
    client,
    `/api/v1/namespaces/${workload.namespace}/pods`,
    ({ metadata, spec }: PlacedPod): PodRef | undefined =>
      metadata.annotations?.[placedAt] !== undefined &&
      (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid)
        ? {
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
            nodeName: spec?.nodeName ?? "",
          }
        : undefined,
  );
  for (const [index, pod] of pods.entries()) {
    const rest = `${pods.length - index} of its pods still tolerate spot`;
    const answer = await evictPods(client, [pod]);
    // One that ends by itself, or has ended: its successor is waited for as well.
    if (answer.result !== "Done" && answer.reason !== "Changed") return `${rest}: ${answer.message}`;
    if (!(await isWhole(client, workload)))
      return `${rest}: no successor of ${pod.name} was ready within ${patienceMs / 1000} s`;
  }
  return undefined;
}

async function isWhole(client: KubeClient, workload: WorkloadRef): Promise<boolean> {
  const until = client.now() + patienceMs;
  for (;;) {
    // The evicted pod counts as available until its controller has seen it go.
    await timers.setTimeout(pollMs);
    const { spec, status } = await client.send<Released>({ path: workloadPath(workload) });
    if ((status?.availableReplicas ?? 0) >= (spec?.replicas ?? 1)) return true;
    if (client.now() >= until) return false;
  }
}
