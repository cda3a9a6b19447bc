// The snapshot, indexed once: everything the later steps look up, so that none of them searches.
import {
  type Autoscaler,
  type DisruptionBudget,
  type Pod,
  type Priority,
  type Snapshot,
  type Workload,
  workloadKey,
} from "../model.ts";
import { own } from "../own.ts";
import type { Policy } from "../policy.ts";
import { viewNode } from "./nodeView.ts";
import { availabilityOf } from "./availability.ts";
import { evictionTimes, withBelievedMemory } from "./memory.ts";
import { troubledPools } from "./autoscaledPools.ts";
import { SelectorIndex, append } from "../selectors.ts";
import { spotHealth } from "./spotHealth.ts";
import { floorFor, splitLabelProblem } from "./split.ts";
import { spotQueue } from "./spotQueue.ts";
import { tierOf } from "./tiers.ts";
import { triesNow } from "./tries.ts";
import { workloadUsage } from "./workloadUsage.ts";
import type { Candidate, World } from "./world/model.ts";

export type { Candidate, World } from "./world/model.ts";

export function buildWorld(snapshot: Snapshot, policy: Policy, now: number): World {
  const nodes = snapshot.nodes
    .toSorted(by(({ name }) => name))
    .map((node, i) => viewNode(node, i, policy, now));
  const nodeByName = new Map(nodes.map((view) => [view.node.name, view]));
  const podsByNode = new Map<string, Pod[]>();
  const podsByNamespace = new Map<string, Pod[]>();
  const podsByWorkload = new Map<string, Pod[]>();
  for (const pod of snapshot.pods) {
    if (pod.nodeName !== undefined) append(podsByNode, pod.nodeName, pod);
    append(podsByNamespace, pod.namespace, pod);
    if (pod.workload !== undefined) append(podsByWorkload, pod.workload, pod);
  }
  const workloads = new Map(
    snapshot.workloads
      .map((workload): [string, Workload] => [workloadKey(workload), withBelievedMemory(workload, now)])
      .sort(by(([key]) => key)),
  );
  const world = {
    policy,
    now,
    snapshot,
    nodes,
    nodeByName,
    podsByNode,
    podsByNamespace,
    podsByWorkload,
    workloads,
    spot: spotHealth(snapshot, nodeByName, policy, now),
    poolTrouble: {
      regular: troubledPools("regular", nodes, snapshot.poolHealth),
      spot: troubledPools("spot", nodes, snapshot.poolHealth),
    },
    evictedAt: evictionTimes(snapshot.state, now),
    tries: triesNow(snapshot, now),
    splitProblem: splitLabelProblem(nodes, policy),
    quotasByNamespace: Map.groupBy(
      (snapshot.quotas ?? []).toSorted(by(({ name }) => name)),
      ({ namespace }) => namespace,
    ),
    allowedTolerations: new Map(
      snapshot.namespaces.flatMap(({ name, allowedTolerations: allowed }) =>
        allowed ? [[name, allowed]] : [],
      ),
    ),
    closingNamespaces: new Set(
      snapshot.namespaces.filter(({ deletingAt }) => deletingAt !== undefined).map(({ name }) => name),
    ),
  };
  const candidates = candidatesOf(world);
  const availability = availabilityOf({ ...world, candidates }, world.spot.lostInUse);
  return { ...world, spotQueue: spotQueue(world), candidates, availability };
}

function candidatesOf(world: Omit<World, "candidates" | "spotQueue" | "availability">): Candidate[] {
  const { policy, snapshot, now } = world;
  const budgets = new Map<string, SelectorIndex<DisruptionBudget>>();
  const budgetsByNamespace = Map.groupBy(snapshot.disruptionBudgets, ({ namespace }) => namespace);
  for (const [namespace, list] of budgetsByNamespace) {
    const sorted = list.toSorted(by(({ name }) => name));
    budgets.set(namespace, new SelectorIndex(sorted, ({ selector }) => selector));
  }
  // Two of one target compute nothing (`AmbiguousSelector`), or, before Kubernetes 1.27, one scales up and one down
  // (kubernetes/kubernetes#122059): the last one here is asked, whatever the list's order, which is one in motion.
  const autoscalers = new Map(
    snapshot.autoscalers
      .toSorted(by(({ name }) => name))
      .toSorted((a, b) => restlessness(a) - restlessness(b))
      .map((scaler) => [workloadKey({ ...scaler.target, namespace: scaler.namespace }), scaler]),
  );
  const thresholds = new Map(
    Object.entries(policy.namespaces).map(([name, rule]) => [name, { ...policy.idle, ...rule.idle }]),
  );
  const candidates: Candidate[] = [];
  for (const [key, workload] of world.workloads) {
    const rule = own(policy.namespaces, workload.namespace);
    if (!rule) continue;
    const pods = (world.podsByWorkload.get(key) ?? []).toSorted(by(({ name }) => name));
    const autoscaler = autoscalers.get(key);
    const tier = tierOf(workload, policy);
    candidates.push({
      key,
      workload,
      rule,
      tier,
      floor: floorFor({ workload, rule, tier, autoscaler }, policy),
      pods,
      usage: workloadUsage(pods, now),
      thresholds: thresholds.get(workload.namespace)!,
      disruptionBudgets: budgets.get(workload.namespace)?.matching(workload.template.labels) ?? [],
      autoscaler,
    });
  }
  return candidates;
}

const restlessness = ({ inactive, currentReplicas, desiredReplicas }: Autoscaler): number =>
  inactive !== undefined ? 0 : currentReplicas === desiredReplicas ? 1 : 2;

/** Alive pods of a candidate on nodes of a priority; `undefined`: on other nodes, on none, or on one that is gone. */
export function podsOn(world: World, candidate: Candidate, priority: Priority | undefined): Pod[] {
  return candidate.pods.filter(
    (pod) => pod.deletingAt === undefined && world.nodeByName.get(pod.nodeName ?? "")?.priority === priority,
  );
}

/** Compares by a text key, by code units: the same everywhere, unlike `localeCompare`. */
export function by<Value>(keyOf: (value: Value) => string): (a: Value, b: Value) => number {
  return (a, b) => {
    const keyA = keyOf(a);
    const keyB = keyOf(b);
    return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
  };
}
