// Pods as slim records, and which controller each belongs to.
import type { V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import type { Labels, Pod } from "../model.ts";
import { podRequests } from "./requests.ts";

export interface ObservedPod {
  /** `workload` is filled in once the controllers are known (workloads.ts). */
  pod: Pod;
  owner?: Owner;
}

export interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
}

/**
 * A reader with a memory: pods of one template share one label record, and the raw pod of each owner seen first is
 * kept, for controllers that are not listed themselves (DaemonSets, Jobs, custom ones).
 */
export function podReader() {
  const labelRecords = new Map<string, Labels>();
  const firstOfOwner = new Map<string, Json<V1Pod>>();

  function share(labels: Labels): Labels {
    const key = JSON.stringify(labels);
    const known = labelRecords.get(key);
    if (known) return known;
    labelRecords.set(key, labels);
    return labels;
  }

  function read(raw: Json<V1Pod>): ObservedPod | undefined {
    const { metadata = {}, spec, status = {} } = raw;
    if (!spec || status.phase === "Succeeded" || status.phase === "Failed") return undefined;
    const mirror = metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
    const owner = mirror ? undefined : controllerOf(metadata.ownerReferences);
    if (owner && !listedKinds.has(owner.kind) && !firstOfOwner.has(owner.uid))
      firstOfOwner.set(owner.uid, raw);
    const condition = (type: string) => status.conditions?.find((one) => one.type === type);
    const scheduled = condition("PodScheduled");
    const unschedulable = scheduled?.status === "False" && scheduled.reason === "Unschedulable";
    const pod: Pod = {
      namespace: metadata.namespace!,
      name: metadata.name!,
      uid: metadata.uid!,
      labels: share(metadata.labels ?? {}),
      ...(mirror && { mirror }),
      nodeName: spec.nodeName,
      ...(spec.schedulingGates?.length && { gated: true }),
      ready: condition("Ready")?.status === "True",
      createdAt: timeOf(metadata.creationTimestamp) ?? 0,
      deletingAt: timeOf(metadata.deletionTimestamp),
      unschedulableSince: unschedulable ? timeOf(scheduled.lastTransitionTime) : undefined,
      requests: podRequests(spec),
    };
    return { pod, owner };
  }

  return { read, firstOfOwner };
}

export type PodReader = ReturnType<typeof podReader>;

/** Kinds that are listed themselves, with their templates. */
const listedKinds = new Set(["ReplicaSet", "StatefulSet"]);

export function controllerOf(references: Json<V1OwnerReference>[] | undefined): Owner | undefined {
  const found = references?.find((reference) => reference.controller === true);
  return found && { apiVersion: found.apiVersion, kind: found.kind, name: found.name, uid: found.uid };
}

/**
 * Name of the Deployment that a pod's ReplicaSet was made by, without reading the ReplicaSet: the Deployment
 * controller names it `<deployment>-<pod-template-hash>`, and labels its pods with that hash.
 */
export function deploymentName({ pod, owner }: ObservedPod): string | undefined {
  const hash = pod.labels["pod-template-hash"];
  if (owner?.kind !== "ReplicaSet" || hash === undefined || !owner.name.endsWith(`-${hash}`))
    return undefined;
  return owner.name.slice(0, -hash.length - 1);
}
