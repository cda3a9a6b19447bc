// Pods as slim records, and which controller each belongs to.
import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import type { Labels, Pod } from "../model.ts";
import { type AdmittedSpec, admittedSpec, placementAsked } from "./admitted.ts";
import type { TemplateContext } from "./context.ts";
import { isLikeDaemonSet, undisturbed } from "./disturbance.ts";
import { guarded, orElse } from "./guard.ts";
import { type Owner, controllerOf } from "./owners.ts";
import { podRequests } from "./requests.ts";
import { listOf, textsOf } from "./shapes.ts";
import { hostPorts, podTerms } from "./template.ts";
import { saysNoRoomHelps } from "./unscheduled.ts";
import { inlineDrivers, podClaims } from "./volumes.ts";

export interface ObservedPod {
  /** `workload` is filled in once the controllers are known (controllers.ts). */
  pod: Pod;
  owner?: Owner;
  /** What it says of nodes, which admission may have added; shared by pods that say the same. */
  admitted?: AdmittedSpec;
  claimNames: readonly string[];
  /** CSI drivers of volumes that need no claim, those that webhooks add included. */
  drivers: readonly string[];
  /** Containers that run, sidecars included: all of them must have usage. */
  containers: number;
  /** Its traffic is counted as its node's, not as its own. */
  hostNetwork: boolean;
}

const none: readonly string[] = [];

/**
 * A reader with a memory: pods of one template share one label record, and the raw pod of each owner seen first is
 * kept, for controllers that are not listed themselves (DaemonSets, Jobs, custom ones).
 */
export function podReader(context: TemplateContext) {
  const records = new Map<string, unknown>();
  const firstOfOwner = new Map<string, Json<V1Pod>>();

  function share<Value>(value: Value): Value {
    const key = JSON.stringify(value);
    const known = records.get(key);
    if (known) return known as Value;
    records.set(key, value);
    return value;
  }

  function readSound(raw: Json<V1Pod>): ObservedPod | undefined {
    const { metadata = {}, spec, status = {} } = raw;
    if (!spec || status.phase === "Succeeded" || status.phase === "Failed") return undefined;
    const { pod, owner } = identify(raw, share);
    if (owner && !listedKinds.has(owner.kind) && !firstOfOwner.has(owner.uid))
      firstOfOwner.set(owner.uid, raw);
    const conditions = listOf(status.conditions, "conditions");
    const scheduled = conditions.find(({ type }) => type === "PodScheduled");
    const unschedulable = scheduled?.status === "False" && scheduled.reason === "Unschedulable";
    const ports = hostPorts(spec);
    const asked = undisturbed(metadata, timeOf(status.startTime));
    const repelled = owner ? [] : ownAntiAffinity(spec, pod.labels, context);
    const admitted = owner && admittedSpec(spec, context.limited?.has(pod.namespace));
    const claimNames = podClaims(spec, pod.name);
    const drivers = inlineDrivers(spec);
    return {
      pod: {
        ...pod,
        ...(listOf(spec.schedulingGates, "schedulingGates").length > 0 && { gated: true }),
        ready: conditions.some(({ type, status }) => type === "Ready" && status === "True"),
        ...(pod.nodeName !== undefined && status.phase === "Pending" && { pending: true }),
        ...(isLikeDaemonSet(metadata.annotations) && { onEachNode: true }),
        unschedulableSince: unschedulable ? timeOf(scheduled.lastTransitionTime) : undefined,
        ...(pod.nodeName === undefined &&
          status.nominatedNodeName && { nominatedTo: status.nominatedNodeName }),
        ...(unschedulable && saysNoRoomHelps(scheduled.message) && { needsNoRoom: true }),
        ...(unschedulable && !owner && { asks: placementAsked(spec) }),
        requests: podRequests(spec, status),
        ...(ports.length > 0 && { hostPorts: share(ports) }),
        ...(repelled.length > 0 && { podAntiAffinity: repelled }),
        ...asked,
      },
      owner,
      ...(admitted && { admitted: share(admitted) }),
      claimNames: claimNames.length > 0 ? claimNames : none,
      drivers: drivers.length > 0 ? share(drivers) : none,
      containers: runningContainers(spec, status),
      hostNetwork: spec.hostNetwork === true,
    };
  }

  const read = guarded(readSound, (raw, why): ObservedPod | undefined => {
    const { labels, annotations, ownerReferences, ...metadata } = raw.metadata;
    const { pod, owner } = identify(
      {
        ...raw,
        metadata: {
          ...metadata,
          labels: orElse({}, () => textsOf(labels, "labels")),
          annotations: orElse({}, () => textsOf(annotations, "annotations")),
          ownerReferences: orElse(undefined, () =>
            controllerOf(ownerReferences) ? ownerReferences : undefined,
          ),
        },
      },
      share,
    );
    const fault = `pod ${pod.name} cannot be read: ${why}`;
    return {
      pod: { ...pod, fault },
      owner,
      claimNames: none,
      drivers: none,
      containers: 1,
      hostNetwork: false,
    };
  });

  return { read, firstOfOwner };
}

export type PodReader = ReturnType<typeof podReader>;

/** What every pod has; the rest as of one that has nothing. */
function identify(
  { metadata = {}, spec }: Json<V1Pod>,
  share: (labels: Labels) => Labels,
): { pod: Pod; owner: Owner | undefined } {
  const mirror = metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  const owner = mirror ? undefined : controllerOf(metadata.ownerReferences);
  const pod: Pod = {
    namespace: metadata.namespace!,
    name: metadata.name!,
    uid: metadata.uid!,
    labels: share(textsOf(metadata.labels, "labels")),
    ...(mirror && { mirror }),
    nodeName: typeof spec?.nodeName === "string" ? spec.nodeName || undefined : undefined,
    ready: false,
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    deletingAt: timeOf(metadata.deletionTimestamp),
    requests: { cpu: 0, memory: 0 },
  };
  return { pod, owner };
}

/** Kinds that are listed themselves, with their templates. */
const listedKinds = new Set(["ReplicaSet", "StatefulSet"]);

/** The scheduler asks of such a pod, too, whom it refuses. */
function ownAntiAffinity(spec: Json<V1PodSpec>, labels: Labels, context: TemplateContext) {
  return podTerms(spec, "podAntiAffinity", labels, context);
}

type Status = NonNullable<Json<V1Pod>["status"]>;

/**
 * All that a rate is expected of: not those that are not started again once they have ended (KEP-5307), but debuggers,
 * whose rate would stand for one that is missing.
 */
function runningContainers({ containers, initContainers }: Json<V1PodSpec>, status: Status): number {
  const sidecars = listOf(initContainers, "initContainers").filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  const main = listOf(containers, "containers").filter(
    ({ name, restartPolicy = "Always" }) => restartPolicy === "Always" || !hasEnded(name, status),
  );
  const debuggers = listOf(status.ephemeralContainerStatuses, "ephemeralContainerStatuses").filter(
    ({ state }) => state?.running,
  );
  return main.length + sidecars.length + debuggers.length;
}

const hasEnded = (container: string, { containerStatuses }: Status): boolean =>
  listOf(containerStatuses, "containerStatuses").some(
    ({ name, state }) => name === container && state?.terminated !== undefined,
  );
