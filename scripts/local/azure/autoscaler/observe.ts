// The autoscaler's view of nodes and pods, from the API's objects. Pure.
import type { V1Node, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../../../../balancer/kube/json.ts";
import { parseCpu, parseMemory } from "../../../../balancer/kube/quantity.ts";
import { podRequests } from "../../../../balancer/observe/requests.ts";
import type { NodeState, PodState } from "./model.ts";
import type { NodeSize } from "../vmSizes.ts";

const allocatableOf = (quantities: Record<string, string | undefined> = {}): NodeSize => ({
  cpu: parseCpu(quantities["cpu"] ?? "0"),
  memory: parseMemory(quantities["memory"] ?? "0"),
  ephemeralStorage: parseMemory(quantities["ephemeral-storage"] ?? "0"),
  pods: Number(quantities["pods"] ?? 0),
});

function requestsOf({ spec }: V1Pod): NodeSize {
  const { cpu, memory, storage = 0 } = podRequests(spec as Json<V1PodSpec>);
  return { cpu, memory, ephemeralStorage: storage, pods: 1 };
}

/** Taints that come and go with a node's state, and say nothing about the pool. */
const passing = /^node\.(kubernetes|cloudprovider\.kubernetes)\.io\//;

/** Of nodes that the autoscaler is taking away. */
export const goingTaint = "ToBeDeletedByClusterAutoscaler";

/** https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node */
function blocks(pod: V1Pod): string | undefined {
  const { annotations, namespace, ownerReferences = [] } = pod.metadata ?? {};
  const safe = annotations?.["cluster-autoscaler.kubernetes.io/safe-to-evict"];
  if (safe === "true") return undefined;
  if (safe === "false") return "says that it is not safe to evict";
  if (!ownerReferences.some(({ controller }) => controller)) return "has no controller";
  return namespace === "kube-system" ? "is of kube-system" : undefined;
}

/** `poolOf` says to which scaled pool a node belongs. */
export function toNodeState(node: V1Node, poolOf: (name: string) => string | undefined): NodeState {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const name = node.metadata!.name!;
  const pool = poolOf(name);
  return {
    name,
    ...(pool !== undefined && { pool }),
    shape: {
      labels: node.metadata?.labels ?? {},
      taints: (node.spec?.taints ?? []).filter(({ key }) => !passing.test(key)),
      allocatable: allocatableOf(node.status?.allocatable),
    },
    schedulable: node.spec?.unschedulable !== true && node.metadata?.deletionTimestamp === undefined,
    going: (node.spec?.taints ?? []).some(({ key }) => key === goingTaint),
    ...(ready?.status === "True" && { readySince: time(ready.lastTransitionTime) }),
  };
}

/** Undefined for a pod that has ended: it takes no room any more. */
export function toPodState(pod: V1Pod): PodState | undefined {
  if (["Succeeded", "Failed"].includes(pod.status?.phase ?? "")) return undefined;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  const unschedulable =
    scheduled?.status === "False" && scheduled.reason === "Unschedulable" && !pod.metadata?.deletionTimestamp;
  const blocked = blocks(pod);
  return {
    key: `${pod.metadata?.namespace}/${pod.metadata?.name}`,
    ...(blocked && { blocks: blocked }),
    ...(pod.spec?.nodeName && { node: pod.spec.nodeName }),
    requests: requestsOf(pod),
    priority: pod.spec?.priority ?? 0,
    partOfNode:
      pod.metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined ||
      (pod.metadata?.ownerReferences ?? []).some(({ kind }) => kind === "DaemonSet" || kind === "Node"),
    ...(unschedulable && { unschedulableSince: time(scheduled.lastTransitionTime) }),
    nodeSelector: pod.spec?.nodeSelector ?? {},
    requiredAffinity:
      pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ??
      [],
    tolerations: pod.spec?.tolerations ?? [],
  };
}

/** The client gives dates; captured JSON has text. */
const time = (value: Date | string | undefined): number => new Date(value ?? 0).getTime();
