// Whether replacing its pods by a rollout is harmless: no gap, nothing left behind on the node.
import { isReplacedByEviction, unavailableAtOnce } from "../replacement.ts";
import type { Check } from "./check.ts";

const running: Check = ({ workload: { paused } }) =>
  paused ? { reason: "Paused", message: "its rollout is paused, or held back by a partition" } : undefined;

/** An ownerless ReplicaSet does not either, so its pods are evicted. */
const rollsByItself: Check = ({ workload }) => {
  const { update } = workload;
  if (isReplacedByEviction(workload)) return undefined;
  if (update.type === "Recreate") {
    return { reason: "RecreateStrategy", message: "its strategy Recreate stops all replicas first" };
  }
  if (update.type === "OnDelete") {
    return { reason: "OnDeleteStrategy", message: "its strategy OnDelete replaces no pod by itself" };
  }
  return undefined;
};

const noGap: Check = ({ workload }) => {
  const { replicas, update } = workload;
  const unavailable = unavailableAtOnce(workload);
  if (unavailable < replicas) return undefined;
  return {
    reason: "NoSurge",
    message: `a rollout may take down ${unavailable} of its ${replicas} replicas at once`,
    evidence: { replicas, maxSurge: update.maxSurge, maxUnavailable: unavailable },
  };
};

const nothingLeftBehind: Check = ({ workload: { template } }) =>
  template.volumes.local ? { reason: "LocalStorage", message: "it has data on its node" } : undefined;

/** A StatefulSet's pods have a claim each, and let go of it before the next one starts. */
const canAttachTwice: Check = ({ workload: { kind, template } }) =>
  template.volumes.exclusive && kind !== "StatefulSet"
    ? {
        reason: "ExclusiveVolume",
        message:
          "its volume can be attached to one node only, so a new pod could not start beside the old one",
      }
    : undefined;

const hasRequests: Check = ({ workload: { template } }) =>
  template.requests.cpu > 0
    ? undefined
    : { reason: "NoRequests", message: "it requests no CPU, so nobody knows what fits" };

const countedResources: Check = ({ workload: { template } }) =>
  template.otherResources.length === 0
    ? undefined
    : {
        reason: "OtherResources",
        message: `it requests ${template.otherResources.join(", ")}, and only CPU and memory are counted here`,
      };

export const movesWithoutHarm: Check[] = [
  running,
  rollsByItself,
  noGap,
  nothingLeftBehind,
  canAttachTwice,
  hasRequests,
  countedResources,
];
