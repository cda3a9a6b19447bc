// In-memory clusters for tests: each builder gives something healthy and ordinary, and takes what is to be different.
import {
  type Node,
  type Pod,
  type PodTemplate,
  type PodUsage,
  type Priority,
  type Snapshot,
  type Workload,
  emptyState,
  emptyTemplate,
  workloadKey,
} from "../model.ts";
import { type Policy, parsePolicy } from "../policy.ts";

export const minute = 60_000;
/** A Wednesday, noon UTC. */
export const noon = Date.UTC(2026, 10, 18, 12);
export const gibibyte = 2 ** 30;

const spotTaint = {
  key: "kubernetes.azure.com/scalesetpriority",
  value: "spot",
  effect: "NoSchedule",
} as const;
export const spotToleration = { ...spotTaint, operator: "Equal" } as const;

/** Namespace `demo` is opted in; everything else has its default unless `yaml` says so. */
export function buildPolicy(yaml = "namespaces: { demo: {} }"): Policy {
  return parsePolicy(yaml);
}

/** 2 CPUs and 8 GiB, ready for a day. */
export function buildNode(priority: Priority | "system", name: string, changes: Partial<Node> = {}): Node {
  const isSpot = priority === "spot";
  return {
    name,
    cordoned: false,
    ready: true,
    readySince: noon - 1440 * minute,
    createdAt: noon - 1440 * minute,
    conditions: [],
    allocatable: { cpu: 2000, memory: 8 * gibibyte, pods: 30 },
    ...changes,
    taints: changes.taints ?? (isSpot ? [spotTaint] : []),
    labels: {
      "kubernetes.io/hostname": name,
      "kubernetes.azure.com/agentpool": priority,
      "kubernetes.azure.com/mode": priority === "system" ? "system" : "user",
      "kubernetes.azure.com/priority": isSpot ? "spot" : "regular",
      ...(isSpot && { "kubernetes.azure.com/scalesetpriority": "spot" }),
      ...changes.labels,
    },
  };
}

export function buildTemplate(changes: Partial<PodTemplate> = {}): PodTemplate {
  return {
    ...emptyTemplate,
    requests: { cpu: 100, memory: gibibyte / 8 },
    ...changes,
    volumes: { ...emptyTemplate.volumes, ...changes.volumes },
  };
}

export type WorkloadChanges = Partial<Omit<Workload, "template" | "status" | "update">> & {
  template?: Partial<PodTemplate>;
  status?: Partial<Workload["status"]>;
  update?: Partial<Workload["update"]>;
};

/** A settled Deployment in `demo` with surge; `app: <name>` labels its pods. */
export function buildWorkload(name: string, changes: WorkloadChanges = {}): Workload {
  const replicas = changes.replicas ?? 1;
  const placement = changes.placement ?? "regular";
  const template = { labels: { app: name }, ...changes.template };
  if (placement === "spot") template.tolerations = [...(template.tolerations ?? []), spotToleration];
  return {
    kind: "Deployment",
    namespace: "demo",
    name,
    uid: `uid-${name}`,
    labels: {},
    ...changes,
    placement,
    replicas,
    status: {
      generation: 1,
      observedGeneration: 1,
      replicas,
      updated: replicas,
      available: replicas,
      ...changes.status,
    },
    update: { type: "RollingUpdate", maxSurge: 1, maxUnavailable: 0, ...changes.update },
    template: buildTemplate(template),
  };
}

/** Enough fresh samples; idle unless told otherwise (10 % of 100 millicores is idle by default). */
export function buildUsage(changes: Partial<PodUsage> = {}): PodUsage {
  return {
    cpu: 2,
    memory: gibibyte / 16,
    cpuOverWindow: 2,
    samples: 60,
    sampledAt: noon - 15_000,
    ...changes,
  };
}

/** One pod for each node name; `undefined` stands for a pod without a node. */
export function buildPods(
  workload: Workload,
  nodeNames: (string | undefined)[],
  changes: Partial<Pod> = {},
): Pod[] {
  return nodeNames.map((nodeName, i) => ({
    namespace: workload.namespace,
    name: `${workload.name}-${i}`,
    uid: `uid-${workload.name}-${i}`,
    labels: workload.template.labels,
    workload: workloadKey(workload),
    nodeName,
    ready: nodeName !== undefined,
    createdAt: noon - 600 * minute,
    requests: workload.template.requests,
    ...(nodeName !== undefined && { usage: buildUsage() }),
    ...changes,
  }));
}

/** CPU usage of all pods of a workload as a part of their requests, now and over the window. */
export function withCpu(pods: Pod[], utilization: number, overWindow = utilization): Pod[] {
  return pods.map((pod) => ({
    ...pod,
    usage: buildUsage({
      ...pod.usage,
      cpu: utilization * pod.requests.cpu,
      cpuOverWindow: overWindow * pod.requests.cpu,
    }),
  }));
}

/** An empty cluster with what is given. */
export function buildSnapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    nodes: [],
    pods: [],
    workloads: [],
    disruptionBudgets: [],
    autoscalers: [],
    namespaces: [],
    poolHealth: [],
    state: emptyState,
    ...parts,
  };
}
