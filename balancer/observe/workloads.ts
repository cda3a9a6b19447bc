// Deployments, StatefulSets and ReplicaSets as workloads, and a record of every other controller that pods name.
import type { IntOrString, V1Deployment, V1Pod, V1ReplicaSet, V1StatefulSet } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { UpdateStrategy, Workload } from "../model.ts";
import { readMemory } from "../state.ts";
import { readOwnership } from "../kube/ownership.ts";
import { type Owner, controllerOf } from "./pods.ts";
import { type TemplateContext, readTemplate } from "./template.ts";
import { claimNames, ownClaimNames } from "./volumes.ts";

/** A workload, and the claims it uses, whose volumes are looked up once all workloads are known. */
export interface ObservedWorkload {
  workload: Workload;
  claimNames: string[];
}

type Controller = Json<V1Deployment> | Json<V1StatefulSet> | Json<V1ReplicaSet>;

export function readDeployment(raw: Json<V1Deployment>, context: TemplateContext): ObservedWorkload {
  const { spec, status } = raw;
  const replicas = spec?.replicas ?? 1;
  const workload: Workload = {
    ...common("Deployment", raw, context),
    ...(spec?.paused && { paused: true }),
    replicas,
    status: {
      generation: raw.metadata?.generation ?? 0,
      observedGeneration: status?.observedGeneration ?? 0,
      replicas: status?.replicas ?? 0,
      updated: status?.updatedReplicas ?? 0,
      available: status?.availableReplicas ?? 0,
    },
    update: deploymentUpdate(spec?.strategy?.type, spec?.strategy?.rollingUpdate, replicas),
    progressDeadline: (spec?.progressDeadlineSeconds ?? 600) * 1000,
  };
  return { workload, claimNames: claimNames(spec?.template.spec) };
}

export function readStatefulSet(raw: Json<V1StatefulSet>, context: TemplateContext): ObservedWorkload {
  const { spec, status } = raw;
  const replicas = spec?.replicas ?? 1;
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  const workload: Workload = {
    ...common("StatefulSet", raw, context),
    // Pods below the partition would stay as they are, and the rollout would never end.
    ...(rollingUpdate?.partition && { paused: true }),
    replicas,
    status: {
      generation: raw.metadata?.generation ?? 0,
      observedGeneration: status?.observedGeneration ?? 0,
      replicas: status?.replicas ?? 0,
      // With one revision only, `updatedReplicas` is counted against it as well.
      updated: status?.updatedReplicas ?? 0,
      available: status?.availableReplicas ?? 0,
    },
    update: {
      type: type === "OnDelete" ? "OnDelete" : "RollingUpdate",
      maxSurge: 0,
      maxUnavailable: Math.max(1, inPods(rollingUpdate?.maxUnavailable ?? 1, replicas, Math.floor)),
    },
  };
  return { workload, claimNames: [...claimNames(spec?.template.spec), ...ownClaimNames(raw)] };
}

/** One that no Deployment of ours stands above; its pods are replaced by eviction only. */
export function readReplicaSet(raw: Json<V1ReplicaSet>, context: TemplateContext): ObservedWorkload {
  const { spec, status } = raw;
  const workload: Workload = {
    ...common("ReplicaSet", raw, context),
    replicas: spec?.replicas ?? 1,
    status: {
      generation: raw.metadata?.generation ?? 0,
      observedGeneration: status?.observedGeneration ?? 0,
      replicas: status?.replicas ?? 0,
      updated: status?.replicas ?? 0,
      available: status?.availableReplicas ?? 0,
    },
    update: { type: "OnDelete", maxSurge: 0, maxUnavailable: 0 },
  };
  return { workload, claimNames: claimNames(spec?.template?.spec) };
}

/** A controller that is known only from its pods (DaemonSet, Job, …): enough to count it and to refuse it. Counts one pod. */
export function unlistedController(
  owner: Owner,
  pod: Json<V1Pod>,
  context: TemplateContext,
): ObservedWorkload {
  const workload: Workload = {
    kind: owner.kind,
    namespace: pod.metadata!.namespace!,
    name: owner.name,
    uid: owner.uid,
    labels: pod.metadata?.labels ?? {},
    placement: "regular",
    replicas: 1,
    status: { generation: 0, observedGeneration: 0, replicas: 1, updated: 1, available: 1 },
    update: { type: "OnDelete", maxSurge: 0, maxUnavailable: 0 },
    template: readTemplate({ ...pod, spec: { ...pod.spec!, nodeName: undefined } }, context),
  };
  return { workload, claimNames: [] };
}

function common(kind: string, raw: Controller, context: TemplateContext) {
  const { metadata = {}, spec } = raw;
  const owner = controllerOf(metadata.ownerReferences);
  const memory = readMemory(metadata.annotations);
  return {
    kind,
    namespace: metadata.namespace!,
    name: metadata.name!,
    uid: metadata.uid!,
    labels: metadata.labels ?? {},
    ...readOwnership(metadata.managedFields),
    ...(owner && { controlledBy: `${owner.kind}/${owner.name}` }),
    ...(memory && { memory }),
    template: readTemplate(spec?.template ?? {}, context),
  };
}

function deploymentUpdate(
  type: string | undefined,
  rolling: { maxSurge?: IntOrString; maxUnavailable?: IntOrString } | undefined,
  replicas: number,
): UpdateStrategy {
  if (type === "Recreate") return { type, maxSurge: 0, maxUnavailable: replicas };
  const maxSurge = inPods(rolling?.maxSurge ?? "25%", replicas, Math.ceil);
  const maxUnavailable = inPods(rolling?.maxUnavailable ?? "25%", replicas, Math.floor);
  // The Deployment controller does not accept that neither is possible, and then takes one pod away.
  return {
    type: "RollingUpdate",
    maxSurge,
    maxUnavailable: maxSurge + maxUnavailable === 0 ? 1 : maxUnavailable,
  };
}

function inPods(value: IntOrString, replicas: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  return round((Number.parseFloat(value) / 100) * replicas);
}
