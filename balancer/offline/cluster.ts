// A cluster that has just taken these manifests: roomy nodes on both sides, every pod running and idle.
//
// What controllers and admission would add is added here, so that the readers of `observe` see what they see in a round.
import { orElse } from "../observe/guard.ts";
import { sharedClaims } from "../observe/volumes.ts";
import { labelsAsAsked } from "../own.ts";
import type { Policy } from "../policy.ts";
import { budgetStatus } from "./budgetStatus.ts";
import { type FoundObject, keyOf } from "./files.ts";
import { type Controller, playedReplicas, podsOf } from "./pods.ts";

/** Objects by the name of their list. */
export type Lists = Record<string, object[]>;

const zones = ["zone-1", "zone-2", "zone-3"];

/** However many replicas a manifest wants, so many pods are played. */
const mostPods = 200;

export function clusterOf(objects: readonly FoundObject[], policy: Policy, now: number): Lists {
  const of = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind)) as Controller[];
  const scalers = of("HorizontalPodAutoscaler");
  const workloads = of("Deployment", "StatefulSet", "ReplicaSet").map((each) => rolledOut(each, scalers));
  const others = of("DaemonSet", "Job");
  const limits = of("LimitRange");
  const pods = [...workloads, ...others].flatMap((owner) => podsOf(owner, mostPods, limits, now));
  const most = Math.max(...workloads.map((each) => playedReplicas(each, mostPods)));
  const nodes = nodesFor(most, policy, now);
  for (const [index, pod] of pods.entries())
    pod.spec.nodeName = nodes[index % (nodes.length / 2)]!.metadata.name; // the first half is regular
  const byKind = (kind: string) => workloads.filter((each) => each.kind === kind);
  return {
    nodes,
    namespaces: namespacesOf(objects),
    pods,
    deployments: byKind("Deployment"),
    statefulsets: byKind("StatefulSet"),
    replicasets: byKind("ReplicaSet"),
    poddisruptionbudgets: of("PodDisruptionBudget").map((budget) => budgetStatus(budget, pods)),
    horizontalpodautoscalers: scalers.map((scaler) => settled(scaler, workloads)),
    priorityclasses: withNamed(
      of("PriorityClass"),
      pods.map(({ spec }) => ({ name: spec["priorityClassName"] })),
    ),
    persistentvolumes: of("PersistentVolume"),
    csinodes: [], // which drivers nodes have is not known
    persistentvolumeclaims: withNamed(
      [...of("PersistentVolumeClaim"), ...byKind("StatefulSet").flatMap(claimsOf)],
      pods.flatMap(({ metadata: { namespace }, spec }) =>
        orElse([], () => sharedClaims(spec as never)).map((name) => ({ namespace, name })),
      ),
    ),
  };
}

interface Named {
  namespace?: string;
  name: unknown;
}

/** What manifests name and do not bring is taken to be there; nothing is known of it, so it stands against nothing. */
function withNamed(found: { metadata: Named }[], named: Named[]): object[] {
  const key = ({ namespace = "", name }: Named) => `${namespace}/${String(name)}`;
  const known = new Set(found.map(({ metadata }) => key(metadata)));
  const missing = named.filter((each) => typeof each.name === "string" && !known.has(key(each)));
  const spec = { accessModes: ["ReadWriteMany"] };
  return [...found, ...new Map(missing.map((metadata) => [key(metadata), { metadata, spec }])).values()];
}

function namespacesOf(objects: readonly FoundObject[]): object[] {
  const named = new Map<string, object>(objects.map(({ metadata }) => [metadata.namespace, {}]));
  for (const { kind, metadata } of objects) if (kind === "Namespace") named.set(metadata.name, metadata);
  return [...named].map(([name, metadata]) => ({ metadata: { ...metadata, name } }));
}

/**
 * As its controller leaves it; an autoscaler sees to its least replicas, and leaves alone what is scaled to none
 * (https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/).
 */
function rolledOut(object: Controller, scalers: Controller[]): Controller {
  const { metadata, spec } = object;
  const scaler = scalerOf(object, scalers);
  const wanted = spec?.replicas ?? 1;
  const least = scaler?.spec?.minReplicas ?? 1;
  const replicas = scaler && wanted > 0 ? Math.max(wanted, least) : wanted;
  const counts = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
  return {
    ...object,
    metadata: { ...metadata, uid: keyOf(object), generation: 1 },
    spec: { ...spec, replicas },
    status: { ...counts, observedGeneration: 1 },
  };
}

function scalerOf({ kind, metadata }: Controller, scalers: Controller[]): Controller | undefined {
  return scalers.find(({ metadata: { namespace }, spec }) => {
    const target = spec?.scaleTargetRef;
    return namespace === metadata.namespace && target?.kind === kind && target.name === metadata.name;
  });
}

/** It wants what there is. */
function settled(scaler: Controller, workloads: Controller[]): object {
  const target = workloads.find((each) => scalerOf(each, [scaler]));
  const replicas = target?.spec?.replicas ?? 0;
  return { ...scaler, status: { currentReplicas: replicas, desiredReplicas: replicas } };
}

/**
 * Those that the StatefulSet controller makes: `<template>-<set>-<ordinal>`
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage).
 */
function claimsOf(set: Controller): { metadata: Named }[] {
  const { metadata, spec } = set;
  const templates = spec?.volumeClaimTemplates;
  return (Array.isArray(templates) ? templates : []).flatMap((claim) =>
    Array.from({ length: playedReplicas(set, mostPods) }, (_, index) => ({
      ...claim,
      metadata: { name: `${claim.metadata?.name}-${metadata.name}-${index}`, namespace: metadata.namespace },
    })),
  );
}

/** So many on each side that no two replicas have to share one; regular ones first. */
function nodesFor(replicas: number, { pools }: Policy, now: number) {
  const count = Math.max(6, replicas + 2);
  const since = new Date(now - 7 * 24 * 3_600_000).toISOString();
  return (["regular", "spot"] as const).flatMap((priority) =>
    Array.from({ length: count }, (_, index) => {
      const name = `${priority}-${index + 1}`;
      const { nodeLabels } = pools[priority];
      const { taint } = pools.spot;
      return {
        metadata: {
          name,
          creationTimestamp: since,
          labels: {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/zone": zones[index % zones.length],
            [pools.nameLabel]: priority,
            [pools.splitLabel]: priority,
            ...labelsAsAsked(nodeLabels),
          },
        },
        spec: { taints: priority === "spot" && taint ? [taint] : [] },
        status: {
          conditions: [{ type: "Ready", status: "True", lastTransitionTime: since }],
          allocatable: { cpu: "100000", memory: "100Ti", "ephemeral-storage": "100Ti", pods: "100000" },
        },
      };
    }),
  );
}
