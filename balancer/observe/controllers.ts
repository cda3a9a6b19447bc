// Finds the workload that each pod belongs to, reading ReplicaSets only where names do not tell.
import type { V1ReplicaSet } from "@kubernetes/client-node";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import { type Pod, type Workload, workloadKey } from "../model.ts";
import type { WorkloadContext } from "./context.ts";
import { type Owner, controllerOf } from "./owners.ts";
import type { ObservedPod, PodReader } from "./pods.ts";
import { type ObservedWorkload, replicaSetReader, unlistedController } from "./workloads.ts";

/**
 * Sets `pod.workload` of every pod that has a controller, and returns the workloads that had to be added to the
 * listed ones: ReplicaSets without a Deployment, and controllers that are known only from their pods.
 */
export async function assignPods(
  client: KubeClient,
  pods: ObservedPod[],
  listed: ObservedWorkload[],
  { firstOfOwner }: PodReader,
  context: WorkloadContext,
): Promise<ObservedWorkload[]> {
  const keys = new Set(listed.map(({ workload }) => workloadKey(workload)));
  const fromName = (observed: ObservedPod) => {
    const name = deploymentName(observed);
    const key = name && workloadKey({ kind: "Deployment", namespace: observed.pod.namespace, name });
    return key && keys.has(key) ? key : undefined;
  };
  const added = new Map<string, ObservedWorkload>();
  const leftOver: { pod: Pod; owner: Owner }[] = [];
  for (const observed of pods) {
    const { pod, owner } = observed;
    if (!owner) continue;
    pod.workload = fromName(observed) ?? workloadKey({ ...owner, namespace: pod.namespace });
    if (!keys.has(pod.workload)) leftOver.push({ pod, owner });
  }

  const byUid = new Map<string | undefined, Json<V1ReplicaSet>>();
  if (leftOver.some(({ owner }) => owner.kind === "ReplicaSet")) {
    await listAll(client, "/apis/apps/v1/replicasets", (raw: Json<V1ReplicaSet>) => {
      byUid.set(raw?.metadata?.uid, raw);
      return undefined;
    });
  }
  const readReplicaSet = replicaSetReader(context);
  for (const { pod, owner } of leftOver) {
    const replicaSet = byUid.get(owner.uid);
    const above = ownerOf(replicaSet);
    const deployment = above && workloadKey({ ...above, namespace: pod.namespace });
    if (deployment && keys.has(deployment)) {
      pod.workload = deployment;
      continue;
    }
    const known = added.get(pod.workload!);
    if (known && !replicaSet) known.workload = oneMorePod(known.workload);
    if (known) continue;
    const first = firstOfOwner.get(owner.uid);
    const found = replicaSet
      ? readReplicaSet(replicaSet)
      : first && unlistedController(owner, first, context);
    if (found) added.set(pod.workload!, found);
    else pod.workload = undefined; // its controller is gone, and the garbage collector on its way
  }
  return [...added.values()];
}

/** None where it cannot be read: then `readReplicaSet` says what is wrong with it. */
function ownerOf(replicaSet: Json<V1ReplicaSet> | undefined): Owner | undefined {
  try {
    return controllerOf(replicaSet?.metadata?.ownerReferences);
  } catch {
    return undefined;
  }
}

/**
 * Name of the Deployment that a pod's ReplicaSet was made by, without reading the ReplicaSet: the Deployment
 * controller names it `<deployment>-<pod-template-hash>`, and labels its pods with that hash.
 */
function deploymentName({ pod, owner }: ObservedPod): string | undefined {
  const hash = pod.labels["pod-template-hash"];
  if (owner?.kind !== "ReplicaSet" || hash === undefined || !owner.name.endsWith(`-${hash}`))
    return undefined;
  return owner.name.slice(0, -hash.length - 1);
}

function oneMorePod(workload: Workload): Workload {
  const count = workload.replicas + 1;
  const { status } = workload;
  return {
    ...workload,
    replicas: count,
    status: { ...status, replicas: count, updated: count, available: count },
  };
}
