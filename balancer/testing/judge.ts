// The judge over plans: works out again, slowly and without decide's own code, whether what is planned can be.
import {
  type Move,
  type Node,
  type Plan,
  type Priority,
  type Snapshot,
  type Workload,
  workloadKey,
} from "../model.ts";
import type { Policy } from "../policy.ts";
import { buildTemplate } from "./builders.ts";
import { type BoundPod, hasRoom, isNear, isSpread, unfit } from "./simCluster/feasible.ts";
import { matches } from "./simCluster/selector.ts";

const splitKey = "kubernetes.azure.com/priority";
const spotTaintKey = "kubernetes.azure.com/scalesetpriority";

/** Every way in which the planned pods would not all fit at the same time; each a sentence. */
export function misfits(snapshot: Snapshot, plan: Plan): string[] {
  const problems: string[] = [];
  const nodes = new Map(snapshot.nodes.map((node) => [node.name, node]));
  const workloads = new Map(snapshot.workloads.map((workload) => [workloadKey(workload), workload]));
  const destinations = new Map(plan.moves.map((move) => [workloadKey(move.workload), move]));
  const planned: BoundPod[] = plan.moves.flatMap((move) => plannedPods(move, workloads, nodes, problems));
  const gone = new Set(plan.moves.flatMap(({ makesRoom = [] }) => makesRoom.map(({ name }) => name)));
  const existing = snapshot.pods.flatMap((pod) => {
    const node = nodes.get(pod.nodeName ?? "");
    const template =
      workloads.get(pod.workload ?? "")?.template ??
      buildTemplate({ labels: pod.labels, requests: pod.requests });
    if (!node || gone.has(pod.name) || (template.priority < 0 && priorityOf(node) !== "spot")) return [];
    const { name, namespace } = pod;
    const siblings = snapshot.pods.filter(
      (other) =>
        other.workload === pod.workload &&
        other.name < name &&
        priorityOf(nodes.get(other.nodeName ?? "")) === priorityOf(node),
    );
    return [{ key: pod.workload ?? "", name, rank: siblings.length, pod: { namespace, template, node } }];
  });
  const evicted = new Set(plan.moves.flatMap(({ evictions }) => evictions.map(({ uid }) => uid)));
  const isEvicted = new Set(snapshot.pods.filter(({ uid }) => evicted.has(uid)).map(({ name }) => name));
  const staying = existing.filter(({ key, pod, rank }) => {
    const move = destinations.get(key);
    if (!move?.placement) return true;
    // Old pods on a side make room for as many new ones as come to it, one by one; the others go at some time after.
    const side = priorityOf(pod.node);
    const coming = move.split ? (side ? move.split[side] : 0) : side === move.destination ? Infinity : 0;
    return rank >= coming;
  });
  for (const node of nodes.values()) {
    const coming = planned.filter((pod) => pod.node === node);
    if (coming.length === 0) continue;
    const requests = [...coming, ...staying.map(({ pod }) => pod).filter((pod) => pod.node === node)];
    if (
      !hasRoom(
        node,
        requests.map(({ template }) => template.requests),
      )
    )
      problems.push(`${node.name} is overbooked`);
  }
  for (const pod of planned) {
    const others = planned.filter((other) => other !== pod);
    const app = pod.template.labels["app"];
    // Where the template stays as it is, so do the pods that are not evicted; of a ReplicaSet they follow one by one.
    const owned = existing.filter(({ key, name, pod: { template } }) => {
      const move = destinations.get(key);
      const goes = move?.placement !== undefined || move?.evictions.some((evicted) => evicted.name === name);
      return key !== "" && template.labels["app"] === app && goes;
    });
    if (isEnding(pod.node!)) problems.push(`${app} on ${pod.node!.name}: it is about to go`);
    // Room was looked at above; affinities see the old pods too, a spread only those that stay.
    const neighbors = [...existing.map((each) => each.pod), ...others].map(withoutRequests);
    const remaining = [
      ...existing.filter(({ name }) => !isEvicted.has(name)).map((each) => each.pod),
      ...others,
    ];
    const spreadOthers = [
      ...existing.filter((each) => !owned.includes(each)).map((each) => each.pod),
      ...others,
    ];
    const rules = { ...pod, template: { ...pod.template, topologySpread: [], podAffinity: [] } };
    const reason = unfit(withoutRequests(rules), roomy(pod.node!), neighbors, [...nodes.values()]);
    if (reason) problems.push(`${app} on ${pod.node!.name}: ${reason}`);
    // Nobody can count on being near a pod that is evicted.
    if (!pod.template.podAffinity.every((term) => isNear(term, pod, pod.node!, remaining)))
      problems.push(`${app} on ${pod.node!.name}: PodAffinity`);
    const spread = pod.template.topologySpread.every((each) =>
      isSpread(each, pod, pod.node!, spreadOthers, [...nodes.values()]),
    );
    if (!spread) problems.push(`${app} on ${pod.node!.name}: TopologySpread`);
  }
  return problems;
}

function plannedPods(
  move: Move,
  workloads: Map<string, Workload>,
  nodes: Map<string, Node>,
  problems: string[],
): BoundPod[] {
  const workload = workloads.get(workloadKey(move.workload))!;
  const pods = move.placement ? workload.replicas : move.evictions.length;
  if (move.growsBy ? move.nodes.length >= pods : move.nodes.length !== pods)
    problems.push(`${workload.name}: ${move.nodes.length} nodes for ${pods} pods`);
  const toleration = { key: spotTaintKey, operator: "Equal", value: "spot", effect: "NoSchedule" } as const;
  // An eviction leaves the template as it is.
  const others = workload.template.tolerations.filter(({ key }) => key !== spotTaintKey);
  const placed = move.placement === "spot" ? [...others, toleration] : others;
  const tolerations = move.placement ? placed : workload.template.tolerations;
  // Our own constraint goes with the old template; how many are on each side is a law of its own.
  const topologySpread = workload.template.topologySpread.filter(
    ({ topologyKey }) => topologyKey !== splitKey,
  );
  return move.nodes.map((name) => ({
    namespace: workload.namespace,
    template: { ...workload.template, tolerations, topologySpread },
    node: nodes.get(name),
  }));
}

const withoutRequests = (pod: BoundPod): BoundPod => ({
  ...pod,
  template: { ...pod.template, requests: { cpu: 0, memory: 0 } },
});

/** What is planned there would have to leave again at once. */
const isEnding = ({ deletingAt, conditions, taints }: Node): boolean =>
  deletingAt !== undefined ||
  conditions.some((name) => /^(VMEventScheduled|PreemptionScheduled)$/.test(name)) ||
  taints.some(({ key }) => key === "ToBeDeletedByClusterAutoscaler");

const roomy = (node: Node): Node => ({ ...node, allocatable: { ...node.allocatable, pods: Infinity } });

export function priorityOf(node: Node | undefined): Priority | undefined {
  if (!node) return undefined;
  if (node.labels[spotTaintKey] === "spot") return "spot";
  return node.labels["kubernetes.azure.com/mode"] === "user" ? "regular" : undefined;
}

/** Pods that a plan takes down at the same time, by disruption budget. */
export function disruptions(
  snapshot: Snapshot,
  plan: Plan,
): { name: string; planned: number; allowed: number }[] {
  const pods = new Map(snapshot.pods.map((pod) => [pod.uid, pod]));
  return snapshot.disruptionBudgets.map((budget) => {
    const { namespace, name, selector, disruptionsAllowed, currentHealthy, desiredHealthy } = budget;
    // A pod that is not ready counts for no budget that has enough of them without it.
    const isCounted = (uid: string) =>
      pods.get(uid)!.ready || desiredHealthy === 0 || currentHealthy < desiredHealthy;
    let planned = 0;
    for (const move of plan.moves) {
      const workload = snapshot.workloads.find((each) => workloadKey(each) === workloadKey(move.workload))!;
      if (workload.namespace !== namespace || !matches(selector, workload.template.labels)) continue;
      planned += move.evictions.filter(({ uid }) => isCounted(uid)).length;
      if (move.placement && workload.kind !== "ReplicaSet") planned += takenDown(workload);
    }
    return { name, planned, allowed: disruptionsAllowed };
  });
}

function takenDown({ kind, replicas, status, update }: Workload): number {
  const atOnce = kind === "StatefulSet" ? Math.max(1, update.maxUnavailable) : update.maxUnavailable;
  const mustStay = replicas - Math.min(replicas, atOnce);
  return Math.max(0, Math.min(status.available, replicas) - mustStay);
}

/** Requested part of the usable nodes of a priority, with the plan carried out; CPU or memory, the higher. */
export function requestedAfter(snapshot: Snapshot, plan: Plan, policy: Policy, priority: Priority): number {
  const usable = snapshot.nodes.filter(
    (node) =>
      priorityOf(node) === priority &&
      node.ready &&
      !node.cordoned &&
      node.deletingAt === undefined &&
      !node.conditions.some((name) => policy.pools.spot.lossConditions.includes(name)) &&
      !node.taints.some(({ key }) => key === "ToBeDeletedByClusterAutoscaler"),
  );
  const names = new Set(usable.map(({ name }) => name));
  const workloads = new Map(snapshot.workloads.map((workload) => [workloadKey(workload), workload]));
  const moved = new Map(
    plan.moves.filter(({ placement }) => placement).map((move) => [workloadKey(move.workload), move]),
  );
  const evictions = plan.moves.filter(({ placement }) => !placement);
  const evicted = new Set(evictions.flatMap((move) => move.evictions.map(({ uid }) => uid)));
  const resources = (["cpu", "memory"] as const).map((resource) => {
    let requested = 0;
    for (const pod of snapshot.pods) {
      const isPlaceholder = (workloads.get(pod.workload ?? "")?.template.priority ?? 0) < 0;
      const stays = !moved.has(pod.workload ?? "") && !evicted.has(pod.uid);
      if (names.has(pod.nodeName ?? "") && stays && !isPlaceholder) requested += pod.requests[resource];
    }
    // What only evicts: each pod comes again, on a node that the plan names.
    for (const { workload, nodes } of evictions) {
      const come = nodes.filter((name) => names.has(name)).length;
      requested += come * workloads.get(workloadKey(workload))!.template.requests[resource];
    }
    for (const [key, move] of moved) {
      const { replicas, template } = workloads.get(key)!;
      const whole = move.destination === priority ? replicas : 0;
      requested += (move.split?.[priority] ?? whole) * template.requests[resource];
    }
    const allocatable = usable.reduce((sum, node) => sum + node.allocatable[resource], 0);
    return allocatable === 0 ? 0 : requested / allocatable;
  });
  return Math.max(...resources);
}
