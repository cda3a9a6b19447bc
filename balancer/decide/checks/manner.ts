// Whether replacing its pods by a rollout is harmless: no gap, nothing left behind on the node.
import type { Check } from "./check.ts";

const running: Check = ({ workload: { paused } }) =>
  paused ? { reason: "Paused", message: "its rollout is paused" } : undefined;

const rollsByItself: Check = ({ workload: { update } }) => {
  if (update.type === "Recreate") {
    return { reason: "RecreateStrategy", message: "its strategy Recreate stops all replicas first" };
  }
  if (update.type === "OnDelete") {
    return { reason: "OnDeleteStrategy", message: "its strategy OnDelete replaces no pod by itself" };
  }
  return undefined;
};

/** A StatefulSet stops each pod before it starts the next, so one replica alone is a gap as well. */
const noGap: Check = ({ workload: { replicas, update, kind } }) => {
  const unavailable = kind === "StatefulSet" ? Math.max(1, update.maxUnavailable) : update.maxUnavailable;
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

export const movesWithoutHarm: Check[] = [
  running,
  rollsByItself,
  noGap,
  nothingLeftBehind,
  canAttachTwice,
  hasRequests,
];
