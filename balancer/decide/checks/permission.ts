// Whether policy lets a workload be touched at all, and whether it may be on spot.
import { isPlaceholder } from "../world.ts";
import type { Check } from "./check.ts";

const namespaceAllowed: Check = ({ rule, workload: { namespace } }) =>
  rule.allowed
    ? undefined
    : { reason: "NamespaceForbidden", message: `policy forbids moves in namespace ${namespace}` };

const notExcluded: Check = ({ tier }, { policy }) =>
  tier === "ignore"
    ? { reason: "ExcludedByLabel", message: `label ${policy.priorities.label}=ignore asks to leave it alone` }
    : undefined;

const supportedKind: Check = ({ workload: { kind } }) =>
  kind === "Deployment" || kind === "StatefulSet"
    ? undefined
    : { reason: "UnsupportedKind", message: `pods of a ${kind} are not moved` };

const noPlaceholder: Check = ({ key }, world) =>
  isPlaceholder(world, key)
    ? { reason: "Placeholder", message: "its negative priority says that it only keeps room for others" }
    : undefined;

const ownMaster: Check = ({ workload: { controlledBy } }) =>
  controlledBy === undefined
    ? undefined
    : { reason: "ControlledByOther", message: `${controlledBy} owns it and would undo the move` };

const ownPlacement: Check = ({ workload: { placementOwner } }) =>
  placementOwner === undefined
    ? undefined
    : {
        reason: "ForeignOwner",
        message: `field manager ${placementOwner} owns its tolerations or node affinity`,
        evidence: { fieldManager: placementOwner },
      };

const hasReplicas: Check = ({ workload: { replicas } }) =>
  replicas > 0 ? undefined : { reason: "NoReplicas", message: "it is scaled to zero" };

/** Must hold for every move, whatever its cause. */
export const mayBeTouched: Check[] = [
  namespaceAllowed,
  notExcluded,
  supportedKind,
  noPlaceholder,
  ownMaster,
  ownPlacement,
  hasReplicas,
];

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

const noFloor: Check = ({ rule: { regularFloor }, workload: { replicas } }) =>
  regularFloor === 0
    ? undefined
    : {
        reason: "FloorOnRegular",
        message: `${regularFloor} replicas must stay on regular, and all ${replicas} would move`,
        evidence: { regularFloor, replicas },
      };

/** Must hold for a workload to be on spot; one that is there and no longer may, comes back. */
export const mayBeOnSpot: Check[] = [notCritical, statefulSetOptedIn, noFloor];
