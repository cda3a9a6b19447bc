// Deployments, StatefulSets and ReplicaSets as workloads, and a record of every other controller that pods name.
import type {
  V1Deployment,
  V1DeploymentCondition,
  V1Pod,
  V1ReplicaSet,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { type Json, timeOf } from "../kube/json.ts";
import { ownershipOf } from "../placement/ownership.ts";
import { type Workload, emptyTemplate } from "../model.ts";
import { readMemory } from "../state.ts";
import type { WorkloadContext } from "./context.ts";
import { guarded, orElse } from "./guard.ts";
import { type Owner, masterOf, reconcilerOf } from "./owners.ts";
import { countOf, listOf, textsOf } from "./shapes.ts";
import { deploymentUpdate, statefulSetUpdate } from "./strategy.ts";
import { readTemplate } from "./template.ts";
import { type ClaimNames, claimsOf, noClaims, ownClaims } from "./volumes.ts";

/** A workload, and the claims it uses, whose volumes are looked up once all workloads are known. */
export interface ObservedWorkload {
  workload: Workload;
  claims: ClaimNames;
}

type Controller = Json<V1Deployment> | Json<V1StatefulSet> | Json<V1ReplicaSet>;

/** One that cannot be read is a workload all the same: it is refused for that, and everything else goes on. */
function workloadReader<Raw extends Controller>(
  kind: string,
  context: WorkloadContext,
  read: (raw: Raw, context: WorkloadContext) => ObservedWorkload,
) {
  return guarded(
    (raw: Raw) => read(raw, context),
    ({ metadata }, why): ObservedWorkload => ({
      workload: {
        ...{ kind, namespace: metadata.namespace, name: metadata.name },
        uid: metadata.uid ?? "",
        labels: {},
        ...{ placement: "regular", replicas: 0 },
        status: { generation: 0, observedGeneration: 0, replicas: 0, updated: 0, available: 0 },
        update: { type: "OnDelete", maxSurge: 0, maxUnavailable: 0 },
        template: emptyTemplate,
        fault: `the ${kind} cannot be read: ${why}`,
      },
      claims: noClaims,
    }),
  );
}

export const deploymentReader = (context: WorkloadContext) =>
  workloadReader("Deployment", context, readDeployment);
export const statefulSetReader = (context: WorkloadContext) =>
  workloadReader("StatefulSet", context, readStatefulSet);
/** Of those that no Deployment of ours stands above; their pods are replaced by eviction only. */
export const replicaSetReader = (context: WorkloadContext) =>
  workloadReader("ReplicaSet", context, readReplicaSet);

function readDeployment(raw: Json<V1Deployment>, context: WorkloadContext): ObservedWorkload {
  const { spec, status } = raw;
  const replicas = countOf(spec?.replicas, "replicas", 1);
  const workload: Workload = {
    ...common("Deployment", raw, context),
    ...(spec?.paused && { paused: true }),
    replicas,
    status: {
      ...generations(raw),
      updated: countOf(status?.updatedReplicas, "updatedReplicas", 0),
      available: countOf(status?.availableReplicas, "availableReplicas", 0),
      ...failureIn(status?.conditions),
    },
    update: deploymentUpdate(spec?.strategy?.type, spec?.strategy?.rollingUpdate, replicas),
    progressDeadline: (spec?.progressDeadlineSeconds ?? 600) * 1000,
  };
  return { workload, claims: claimsOf(spec?.template.spec) };
}

/** A quota or a webhook that refuses its pods looks like patience otherwise (bergerx/kubectl-status#783). */
function failureIn(
  conditions: Json<V1DeploymentCondition>[] | undefined,
): Pick<Workload["status"], "failure"> | undefined {
  const isFailing = (each: Json<V1DeploymentCondition>) =>
    each.type === "ReplicaFailure" && each.status === "True";
  const failure = listOf(conditions, "conditions").find(isFailing)?.message;
  return typeof failure === "string" ? { failure: failure.slice(0, 200) } : undefined;
}

function readStatefulSet(raw: Json<V1StatefulSet>, context: WorkloadContext): ObservedWorkload {
  const { spec, status } = raw;
  const replicas = countOf(spec?.replicas, "replicas", 1);
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  const workload: Workload = {
    ...common("StatefulSet", raw, context),
    // Pods below the partition would stay as they are, and the rollout would never end.
    ...(rollingUpdate?.partition && { paused: true }),
    replicas,
    // With one revision only, `updatedReplicas` is counted against it as well.
    status: {
      ...generations(raw),
      updated: countOf(status?.updatedReplicas, "updatedReplicas", 0),
      available: countOf(status?.availableReplicas, "availableReplicas", 0),
    },
    update: statefulSetUpdate(type, rollingUpdate?.maxUnavailable, replicas),
  };
  return { workload, claims: { ...claimsOf(spec?.template.spec), perReplica: ownClaims(raw) } };
}

function readReplicaSet(raw: Json<V1ReplicaSet>, context: WorkloadContext): ObservedWorkload {
  const { spec, status } = raw;
  const workload: Workload = {
    ...common("ReplicaSet", raw, context),
    replicas: countOf(spec?.replicas, "replicas", 1),
    status: {
      ...generations(raw),
      updated: countOf(status?.replicas, "status.replicas", 0),
      available: countOf(status?.availableReplicas, "availableReplicas", 0),
    },
    update: { type: "OnDelete", maxSurge: 0, maxUnavailable: 0 },
  };
  return { workload, claims: claimsOf(spec?.template?.spec) };
}

/** A controller that is known only from its pods (DaemonSet, Job, …): enough to count it and to refuse it. Counts one pod. */
export function unlistedController(
  owner: Owner,
  pod: Json<V1Pod>,
  context: WorkloadContext,
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
    // Its pods are not moved anyway, and each tells itself what it takes.
    template: orElse(emptyTemplate, () =>
      readTemplate({ ...pod, spec: { ...pod.spec!, nodeName: undefined } }, context),
    ),
  };
  return { workload, claims: noClaims };
}

function generations({ metadata, status }: Controller) {
  return {
    generation: countOf(metadata?.generation, "generation", 0),
    observedGeneration: countOf(status?.observedGeneration, "observedGeneration", 0),
    replicas: countOf(status?.replicas, "status.replicas", 0),
  };
}

function common(kind: string, raw: Controller, context: WorkloadContext) {
  const { metadata = {}, spec } = raw;
  const owner = masterOf(metadata.ownerReferences);
  const labels = textsOf(metadata.labels, "labels");
  const controlledBy = owner ? `${owner.kind}/${owner.name}` : reconcilerOf(labels);
  const memory = readMemory(metadata.annotations);
  return {
    kind,
    namespace: metadata.namespace!,
    name: metadata.name!,
    uid: metadata.uid!,
    labels,
    ...ownershipOf({ metadata, spec }, context.policy),
    ...(controlledBy !== undefined && { controlledBy }),
    ...(memory && { memory }),
    ...(metadata.deletionTimestamp && { deletingAt: timeOf(metadata.deletionTimestamp) }),
    template: readTemplate(spec?.template ?? {}, context),
  };
}
