// Whether policy lets a workload be touched at all, and whether it may be on spot.
import { type Workload, revisionLabel } from "../../model.ts";
import { own } from "../../own.ts";
import { goalOf } from "../availability/goal.ts";
import { isOverPools, largestSkew, presentSplit, smallestScale } from "../split.ts";
import { runs } from "../workloadUsage.ts";
import { isPlaceholder } from "../podRoles.ts";
import type { Check } from "./check.ts";
import type { Objection } from "../objection.ts";

const namespaceAllowed: Check = ({ rule, workload: { namespace, placement } }) =>
  rule.allowed
    ? undefined
    : {
        reason: "NamespaceForbidden",
        message: `policy forbids moves in namespace ${namespace}${leftOn(placement)}`,
      };

/** "Do not touch" is no "bring it back": there is another key for that. */
const leftOn = (placement: Workload["placement"]) =>
  placement === "spot" ? "; it stays placed on spot (maxSpotShare: 0 instead would bring it back)" : "";

/** In a namespace that is being deleted nothing may be created any more. */
const notTerminating: Check = ({ workload: { namespace, deletingAt } }, { closingNamespaces }) => {
  if (deletingAt !== undefined) return { reason: "Terminating", message: "it is being deleted" };
  if (!closingNamespaces.has(namespace)) return undefined;
  return { reason: "Terminating", message: `namespace ${namespace} is being deleted` };
};

const readable: Check = ({ workload: { fault } }) =>
  fault === undefined ? undefined : { reason: "Unreadable", message: fault };

const notExcluded: Check = ({ tier, workload: { placement } }, { policy }) =>
  tier === "ignore"
    ? {
        reason: "ExcludedByLabel",
        message: `label ${policy.priorities.label}=ignore asks to leave it alone${placement === "spot" ? "; it stays placed on spot (critical instead would bring it back)" : ""}`,
      }
    : undefined;

/** Kinds whose pods can be moved. */
export const isMovable = (kind: string): boolean =>
  ["Deployment", "StatefulSet", "ReplicaSet"].includes(kind);

const supportedKind: Check = ({ workload: { kind } }) =>
  isMovable(kind) ? undefined : { reason: "UnsupportedKind", message: `pods of a ${kind} are not moved` };

const noPlaceholder: Check = ({ key }, world) =>
  isPlaceholder(world, key)
    ? { reason: "Placeholder", message: "its negative priority says that it only keeps room for others" }
    : undefined;

const ownMaster: Check = ({ workload: { controlledBy } }) =>
  controlledBy === undefined
    ? undefined
    : { reason: "ControlledByOther", message: `${controlledBy} owns it and would undo the move` };

/** Stands against a placement, and never against taking one back: what of it is ours can always be released. */
const ownPlacement: Check = ({ workload: { placementOwner, placementField } }) => {
  if (placementOwner === undefined) return undefined;
  const isWrittenOut = placementField?.includes(":");
  return {
    reason: "ForeignOwner",
    message: isWrittenOut
      ? `${placementOwner} says ${placementField}, so that the next kubectl apply would undo a move: leave the field out of its manifest`
      : `field manager ${placementOwner} owns its ${placementField ?? "tolerations or node affinity"}`,
    evidence: {
      fieldManager: placementOwner,
      ...(placementField !== undefined && { field: placementField }),
    },
  };
};

const hasReplicas: Check = ({ workload: { replicas } }) =>
  replicas > 0 ? undefined : { reason: "NoReplicas", message: "it is scaled to zero" };

/** Must hold for every move, whatever its cause. */
export const mayBeTouched: Check[] = [
  namespaceAllowed,
  notExcluded,
  supportedKind,
  notTerminating,
  readable,
  noPlaceholder,
  ownMaster,
  hasReplicas,
];

/** For every placement on spot. */
export const mayBePlaced: Check[] = [ownPlacement];

const notCritical: Check = ({ tier, workload: { template } }) =>
  tier === "critical"
    ? {
        reason: "Critical",
        message: "its tier is critical",
        evidence: { priorityClass: template.priorityClass ?? "" },
      }
    : undefined;

export const statefulSetOptedIn: Check = ({ workload: { kind } }, { policy }) =>
  kind !== "StatefulSet" || policy.statefulSets.enabled
    ? undefined
    : {
        reason: "StatefulSetNotOptedIn",
        message: "policy does not opt StatefulSets in (statefulSets.enabled)",
      };

/** On regular: could it be split so that the floor holds at its smallest scale? On spot: is it, and does it hold? */
const floorKept: Check = (candidate, world) => {
  const { workload, rule, floor, pods, autoscaler } = candidate;
  if (floor === 0) return undefined;
  const { policy, nodeByName, splitProblem } = world;
  const smallest = smallestScale(workload, autoscaler);
  const skew = largestSkew(smallest, floor);
  const why = floor > rule.regularFloor ? ` for availability ${goalOf(candidate, policy)}` : "";
  const object = (message: string): Objection => ({
    reason: "FloorOnRegular",
    message: `${floor} replicas must stay on regular${why}: ${message}`,
    evidence: { regularFloor: floor, replicas: workload.replicas, smallest },
  });
  if (own(revisionLabel, workload.kind) === undefined)
    return object(`the pods of a ${workload.kind} do not tell new from old`);
  if (skew < 1) return object(`a split needs twice as many, and it may have only ${smallest}`);
  if (workload.placement === "regular") {
    if (splitProblem !== undefined) return object(splitProblem);
    const hasOwn = workload.template.topologySpread.some((spread) => isOverPools(spread, policy));
    return hasOwn ? object(`it has its own spread over ${policy.pools.splitLabel}`) : undefined;
  }
  const split = presentSplit(workload, policy);
  if (!split) return object("all of it is placed on spot");
  if (split.maxSkew > skew) return object(`its split lets spot be ${split.maxSkew} pods ahead, not ${skew}`);
  const kept = pods.filter((pod) => runs(pod) && nodeByName.get(pod.nodeName!)?.priority !== "spot").length;
  return kept >= floor ? undefined : object(`${kept} are there`);
};

/** Must hold for a workload to be on spot; one that is there and no longer may, comes back. */
export const mayBeOnSpot: Check[] = [notCritical, statefulSetOptedIn, floorKept];
