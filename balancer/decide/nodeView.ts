// What a node is to the balancer: spot, regular or neither, and whether it can be counted on.
import type { Node, PodTemplate, Priority } from "../model.ts";
import type { Policy } from "../policy.ts";
import { announcementOn } from "./announcements.ts";
import { toleratesTaints } from "./fit/nodeFit.ts";
import { hasLabels } from "../own.ts";

/**
 * `usable`: pods can go there. `lost`: gone soon or already useless, pods should get off. `interrupted`: it stops by
 * somebody's plan, or for a while; pods should get off, and nothing is lost. `retiring`: somebody is about to drain it, and does so
 * himself; no new pods, and its end is no loss. `starting`: it was never ready yet, or takes no pods yet.
 */
export type Standing = "usable" | "lost" | "interrupted" | "retiring" | "starting";

export interface NodeView {
  node: Node;
  /** Position in `World.nodes`. */
  index: number;
  /** Missing: a system pool or some other node that is none of our business. */
  priority?: Priority;
  /** Name of its pool; empty when it has no such label. */
  pool: string;
  standing: Standing;
  /** It has a taint that keeps nobody away, but advises against it. */
  advises: boolean;
  /** Why it is `lost` or `interrupted`, for people: `condition VMEventScheduled`. */
  loss?: string;
}

/** What is lost without a word. */
export const notReady = "not ready";

/** Taints of the cluster autoscaler on a node that it is removing, or will remove when it stays unneeded. */
const deletingTaint = "ToBeDeletedByClusterAutoscaler";
export const candidateTaint = "DeletionCandidateOfClusterAutoscaler";

/**
 * Taints of those who drain a node before they end it, or wait until it is empty: the autoscaler, Karpenter (today and before
 * v1), Escalator (https://github.com/atlassian/escalator, `pkg/k8s/taint.go`).
 */
const drainTaints = [
  deletingTaint,
  "karpenter.sh/disrupted",
  "karpenter.sh/disruption",
  "atlassian.com/escalator",
  "atlassian.com/escalator-force",
];

/**
 * AKS taints a node about which an event of its machine is announced, most of all a preemption, before it drains it
 * (https://learn.microsoft.com/azure/aks/node-auto-drain). What the event is, the node's condition says.
 */
const eventTaint = "remediator.kubernetes.azure.com/unschedulable";

/** A node that has not been ready by then has failed to start: AKS' default `maxNodeProvisionTime`. */
const startMs = 15 * 60_000;

/**
 * Until these are taken off, a new node takes no ordinary pods: of the cloud's controller, of agents (Cilium, CSI drivers,
 * Istio: istio/istio#48818; Gardener: `critical-components-not-ready`, gardener/gardener#9470), of Nidhogg
 * (https://github.com/pelotech/nidhogg), of the node readiness controller (kubernetes-sigs/karpenter#2934), of Cluster API
 * (kubernetes-sigs/cluster-api#8357), of Karpenter, and what the autoscaler's FAQ calls startup taints.
 * https://docs.cilium.io/en/stable/installation/taints/, https://karpenter.sh/docs/concepts/nodepools/
 */
const startTaints =
  /^(node\.(cloudprovider\.kubernetes|cluster\.x-k8s)\.io\/uninitialized|node\.kubernetes\.io\/network-unavailable|karpenter\.sh\/unregistered|.+\/([a-z-]+-)?not-ready|nidhogg\.uswitch\.com\/.+|readiness\.k8s\.io\/.+|(startup|ignore)-taint\.cluster-autoscaler\.kubernetes\.io\/.+)$/;

/** A node registers as not ready; within this of its creation that is the first thing it ever said. */
const registrationMs = 15_000;

/**
 * The scheduler puts no pod there, so an evicted one does not come back.
 * @param placed what the pods tolerate; missing: nobody is asked about in particular, and known taints tell
 */
export function isClosed(
  { ready, cordoned, taints }: Node,
  { pools }: Policy,
  placed?: Pick<PodTemplate, "tolerations">,
): boolean {
  const closing = [...pools.spot.lossTaints, ...drainTaints, eventTaint];
  const isKnown = taints.some(({ key, effect }) => closing.includes(key) && effect !== "PreferNoSchedule");
  return !ready || cordoned || (placed ? !toleratesTaints(placed, { taints }) : isKnown);
}

export function viewNode(node: Node, index: number, policy: Policy, now: number): NodeView {
  const priority = priorityOf(node, policy);
  const pool = node.labels[policy.pools.nameLabel] ?? "";
  const advises = node.taints.some(({ effect }) => effect === "PreferNoSchedule");
  return { node, index, priority, pool, advises, ...standingOf(node, policy, now) };
}

/** On nodes of the control plane, where they keep pods away, nothing of ours has any business. */
const controlPlaneTaint = "node-role.kubernetes.io/control-plane";

/** Serverless capacity behind a node object: some hundred CPUs that no ordinary pod can have. */
const isVirtual = ({ labels, taints }: Node) =>
  labels["type"] === "virtual-kubelet" || taints.some(({ key }) => key === "virtual-kubelet.io/provider");

/** No labels for spot: no node is. No labels for regular: every other node is that ordinary pods may go to. */
export function priorityOf(node: Node, policy: Policy): Priority | undefined {
  if (isVirtual(node)) return undefined;
  if (node.taints.some(({ key, effect }) => key === controlPlaneTaint && effect !== "PreferNoSchedule"))
    return undefined;
  const { nodeLabels } = policy.pools.spot;
  if (Object.keys(nodeLabels).length > 0 && hasLabels(node.labels, nodeLabels)) return "spot";
  if (hasLabels(node.labels, policy.pools.regular.nodeLabels)) return "regular";
  return undefined;
}

/** When it is gone in the next round, it was planned; so also for one that is merely a candidate of the autoscaler. */
export function mayGoAsPlanned({ node, standing }: NodeView): boolean {
  return standing !== "usable" && standing !== "lost"
    ? true
    : node.taints.some(({ key }) => key === deletingTaint || key === candidateTaint);
}

/** Loss has a cause: what the cloud announces, or that a node which was ready is not. All else comes from people's plans. */
function standingOf(node: Node, policy: Policy, now: number): Pick<NodeView, "standing" | "loss"> {
  const { lossConditions, lossTaints } = policy.pools.spot;
  const lost = (loss: string) => ({ standing: "lost", loss }) as const;
  if (node.taints.some(({ key }) => key === deletingTaint)) return { standing: "retiring" };
  const announced = announcementOn(node, lossConditions);
  if (announced?.meaning === "end") return lost(announced.text);
  // Scaled down or replaced: who deletes a node has drained it before.
  if (announced?.meaning === "deletion" && !node.cordoned) return lost(announced.text);
  const taint = node.taints.find(({ key }) => lossTaints.includes(key));
  if (taint) return lost(`taint ${taint.key}`);
  if (node.reclaimed) return lost("NodeClaim deleted, by no plan of Karpenter's");
  const isDrained = node.taints.some(({ key }) => drainTaints.includes(key));
  if (isDrained) return { standing: "retiring" };
  if (node.deletingAt !== undefined) return lost("being deleted");
  if (isStarting(node, now)) return { standing: "starting" };
  if (announced?.meaning === "interruption" || announced?.meaning === "deletion")
    return { standing: "interrupted", loss: announced.text };
  // Whoever cordons a node drains it as well; one that is not ready then is being restarted or upgraded.
  if (node.cordoned && node.ready) return { standing: "retiring" };
  if (node.cordoned) return { standing: "interrupted", loss: "cordoned and not ready" };
  return node.ready ? { standing: "usable" } : lost(notReady);
}

function isStarting({ ready, readySince, createdAt, taints }: Node, now: number): boolean {
  if (now - createdAt >= startMs) return false;
  if (ready) return taints.some(({ key, effect }) => effect !== "PreferNoSchedule" && startTaints.test(key));
  return readySince === undefined || readySince - createdAt <= registrationMs;
}
