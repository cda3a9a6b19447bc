// Reads the whole cluster and its usage into one Snapshot. Writes nothing.
import type { KubeClient } from "./kube/client.ts";
import { listAll } from "./kube/list.ts";
import {
  type BalancerState,
  type Pod,
  type Resources,
  type Snapshot,
  type Workload,
  workloadKey,
} from "./model.ts";
import { readAutoscaler, readDisruptionBudget, readNamespace, readPriorityClass } from "./observe/budgets.ts";
import { assignPods } from "./observe/controllers.ts";
import { readNode } from "./observe/nodes.ts";
import { podReader } from "./observe/pods.ts";
import { readPoolHealth } from "./observe/poolHealth.ts";
import { type UsageReport, attachUsage, readUsage } from "./observe/usage.ts";
import { type Claim, type Claims, addClaims, readClaims } from "./observe/volumes.ts";
import { type ObservedWorkload, readDeployment, readStatefulSet } from "./observe/workloads.ts";
import type { Policy } from "./policy.ts";
import type { Prometheus } from "./prometheus.ts";

export interface Observation {
  snapshot: Snapshot;
  usage: UsageReport;
}

/**
 * About `pods / 500 + 12` API reads and 7 PromQL queries.
 * `state` comes from the ConfigMap, which the caller reads because it also writes it.
 * A Prometheus without usable samples is no error here: `snapshot.usageProblem` says so, and stops voluntary moves.
 */
export async function observe(
  client: KubeClient,
  prometheus: Prometheus,
  policy: Policy,
  state: BalancerState,
): Promise<Observation> {
  // The small ones first: the pod templates are read with their help, and they tell at once whether there is a way in.
  const [nodes, namespaces, priorityClasses] = await Promise.all([
    listAll(client, "/api/v1/nodes", readNode),
    listAll(client, "/api/v1/namespaces", readNamespace),
    listAll(client, "/apis/scheduling.k8s.io/v1/priorityclasses", readPriorityClass),
  ]);
  const context = { namespaces, priorityClasses };
  const reader = podReader();
  const [observedPods, deployments, statefulSets, disruptionBudgets, autoscalers, poolHealth, usage] =
    await Promise.all([
      listAll(client, "/api/v1/pods", reader.read),
      listAll(client, "/apis/apps/v1/deployments", (raw: Parameters<typeof readDeployment>[0]) =>
        readDeployment(raw, context),
      ),
      listAll(client, "/apis/apps/v1/statefulsets", (raw: Parameters<typeof readStatefulSet>[0]) =>
        readStatefulSet(raw, context),
      ),
      listAll(client, "/apis/policy/v1/poddisruptionbudgets", readDisruptionBudget),
      listAll(client, "/apis/autoscaling/v2/horizontalpodautoscalers", readAutoscaler),
      readPoolHealth(client),
      readUsage(prometheus, policy, () => client.now()),
    ]);

  const listed = [...deployments, ...statefulSets];
  const others = await assignPods(client, observedPods, listed, reader, context);
  const pods = observedPods.map(({ pod }) => pod);
  attachUsage(nodes, pods, usage);
  const workloads = raiseRequests(await bindVolumes(client, [...listed, ...others]), pods);
  return {
    snapshot: {
      ...{ nodes, pods, workloads, disruptionBudgets, autoscalers, namespaces, poolHealth, state },
      ...(usage.problem !== undefined && { usageProblem: usage.problem }),
    },
    usage,
  };
}

/** Volumes are read only where a workload claims any. */
async function bindVolumes(client: KubeClient, observed: ObservedWorkload[]): Promise<Workload[]> {
  const claims: Claims = observed.some(({ claimNames }) => claimNames.length > 0)
    ? await readClaims(client)
    : new Map<string, Claim>();
  return observed.map(({ workload, claimNames }) => {
    if (claimNames.length === 0) return workload;
    const used = claimNames.flatMap((name) => claims.get(`${workload.namespace}/${name}`) ?? []);
    const { template } = workload;
    return { ...workload, template: { ...template, volumes: addClaims(template.volumes, used) } };
  });
}

/** Requests that admission gave the pods (LimitRange, vertical autoscaler) are not in the template: the larger wins. */
function raiseRequests(workloads: Workload[], pods: Pod[]): Workload[] {
  const largest = new Map<string, Resources>();
  for (const { workload, requests } of pods) {
    if (workload === undefined) continue;
    const { cpu = 0, memory = 0 } = largest.get(workload) ?? {};
    largest.set(workload, { cpu: Math.max(cpu, requests.cpu), memory: Math.max(memory, requests.memory) });
  }
  return workloads.map((workload) => {
    const ofPods = largest.get(workloadKey(workload));
    const { template } = workload;
    if (!ofPods || (ofPods.cpu <= template.requests.cpu && ofPods.memory <= template.requests.memory))
      return workload;
    const requests = {
      cpu: Math.max(template.requests.cpu, ofPods.cpu),
      memory: Math.max(template.requests.memory, ofPods.memory),
    };
    return { ...workload, template: { ...template, requests } };
  });
}
