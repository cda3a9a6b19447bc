// Whether a pod could run on a node, by the rules of Kubernetes' scheduler that tell node pools apart. Pure.
// Between pods (spread, anti-affinity) nothing is looked at: the scheduler has the last word anyway.
import { matchesNodeAffinity, toleratesTaints } from "../../../../balancer/decide/fit/nodeFit.ts";
import type { Node, PodTemplate } from "../../../../balancer/model.ts";
import { nodeSelectorTerm } from "../../../../balancer/observe/selectors.ts";
import type { NodeShape, NodeState, PodState } from "./model.ts";
import type { NodeSize } from "../vmSizes.ts";

/** Room for the requests, taints tolerated, selector and required affinity met. *Preferred* affinity counts for nothing. */
export function fits(pod: PodState, shape: NodeShape, free: NodeSize): boolean {
  const { nodeSelector, requiredAffinity, tolerations } = pod as PodState & Pick<PodTemplate, "tolerations">;
  return (
    hasRoom(free, pod.requests) &&
    toleratesTaints({ tolerations }, shape as NodeShape & Pick<Node, "taints">) &&
    matchesNodeAffinity({ nodeSelector, nodeAffinity: requiredAffinity.map(nodeSelectorTerm) }, shape.labels)
  );
}

const resources = ["cpu", "memory", "ephemeralStorage", "pods"] as const;

const hasRoom = (free: NodeSize, needed: NodeSize): boolean =>
  resources.every((resource) => needed[resource] <= 0 || needed[resource] <= free[resource]);

export const subtract = (a: NodeSize, b: NodeSize): NodeSize => ({
  cpu: a.cpu - b.cpu,
  memory: a.memory - b.memory,
  ephemeralStorage: a.ephemeralStorage - b.ephemeralStorage,
  pods: a.pods - b.pods,
});

export const freeOn = (node: NodeState, pods: PodState[]): NodeSize =>
  pods
    .filter((pod) => pod.node === node.name)
    .reduce((free, pod) => subtract(free, pod.requests), node.shape.allocatable);

/** Pods below this priority neither make a pool grow nor keep a node, as with the autoscaler's default. */
export const expendableBelow = -10;
