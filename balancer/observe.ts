// Reads the whole cluster and its usage into one Snapshot. Writes nothing.
import type { KubeClient } from "./kube/client.ts";
import { listAll } from "./kube/list.ts";
import type { BalancerState, Node, Snapshot } from "./model.ts";
import { readAutoscaler, readDisruptionBudget, readNamespace, readPriorityClass } from "./observe/budgets.ts";
import { assignPods } from "./observe/controllers.ts";
import { guarded } from "./observe/guard.ts";
import { readDrivers, readNode, unreadableNode } from "./observe/nodes.ts";
import { podReader } from "./observe/pods.ts";
import { readNodePools } from "./observe/nodePools.ts";
import { readPoolHealth } from "./observe/poolHealth.ts";
import { readQuotas } from "./observe/quotas.ts";
import { type UsageReport, attachUsage, readUsage, unlessOthers } from "./observe/usage.ts";
import { bindVolumes } from "./observe/bound.ts";
import { asTheirPods } from "./observe/theirPods.ts";
import { deploymentReader, statefulSetReader } from "./observe/workloads.ts";
import type { Policy } from "./policy.ts";
import type { Prometheus } from "./prometheus.ts";

export interface Observation {
  snapshot: Snapshot;
  usage: UsageReport;
  /** What was not believed, for people. */
  doubts: string[];
}

/**
 * About `pods / 500 + 15` API reads and 7 PromQL queries.
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
  const [nodes, namespaces, priorityClasses, quotas] = await Promise.all([
    listAll(client, "/api/v1/nodes", guarded(readNode, unreadableNode)),
    listAll(client, "/api/v1/namespaces", readNamespace),
    listAll(client, "/apis/scheduling.k8s.io/v1/priorityclasses", readPriorityClass),
    readQuotas(client),
  ]);
  const countsLimits = quotas.filter(
    ({ left }) => left.limitsCpu !== undefined || left.limitsMemory !== undefined,
  );
  const limited = new Set(countsLimits.map(({ namespace }) => namespace));
  const context = { namespaces, priorityClasses, policy, limited };
  const reader = podReader(context);
  const [
    observedPods,
    deployments,
    statefulSets,
    disruptionBudgets,
    autoscalers,
    pools,
    nodePools,
    measured,
  ] = await Promise.all([
    listAll(client, "/api/v1/pods", reader.read),
    listAll(client, "/apis/apps/v1/deployments", deploymentReader(context)),
    listAll(client, "/apis/apps/v1/statefulsets", statefulSetReader(context)),
    listAll(client, "/apis/policy/v1/poddisruptionbudgets", readDisruptionBudget),
    listAll(client, "/apis/autoscaling/v2/horizontalpodautoscalers", readAutoscaler),
    readPoolHealth(client),
    readNodePools(client),
    readUsage(prometheus, policy, () => client.now()),
  ]);

  const listed = [...deployments, ...statefulSets];
  const others = await assignPods(client, observedPods, listed, reader, context);
  const usage = unlessOthers(measured, observedPods, prometheus);
  attachUsage(nodes, observedPods, usage);
  const bound = await bindVolumes(client, [...listed, ...others], observedPods);
  return {
    snapshot: {
      nodes: (await withDrivers(client, nodes, bound.drivers)).map((node) =>
        nodePools.reclaimed?.has(node.name) ? { ...node, reclaimed: true } : node,
      ),
      pods: observedPods.map(({ pod }) => pod),
      workloads: asTheirPods(bound.workloads, observedPods, context, nodes),
      ...{ disruptionBudgets, autoscalers, namespaces, quotas, state },
      poolHealth: [...pools.pools, ...nodePools.pools],
      ...(usage.problem !== undefined && { usageProblem: usage.problem }),
    },
    usage,
    doubts: [pools.problem, nodePools.problem].filter((problem) => problem !== undefined),
  };
}

/** Which volumes nodes take is asked only where some driver is needed. */
async function withDrivers(client: KubeClient, nodes: Node[], needed: ReadonlySet<string>): Promise<Node[]> {
  if (needed.size === 0) return nodes;
  const found = await listAll(client, "/apis/storage.k8s.io/v1/csinodes", guarded(readDrivers));
  const byNode = new Map(found.map((each) => [each.node, each]));
  return nodes.map((node) => {
    const drivers = byNode.get(node.name);
    if (!drivers) return node;
    const { registered, attachable } = drivers;
    const lacksDrivers = [...needed].filter((driver) => !registered.has(driver)).sort();
    return {
      ...node,
      ...(attachable.size > 0 && { attachable }),
      ...(lacksDrivers.length > 0 && { lacksDrivers }),
    };
  });
}
