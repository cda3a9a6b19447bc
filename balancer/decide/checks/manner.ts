// Whether replacing its pods by a rollout is harmless: no gap, nothing left behind on the node.
import type { Pod } from "../../model.ts";
import { isReplacedByEviction, unavailableAtOnce } from "../replacement.ts";
import type { Check } from "./check.ts";
import { quotaLeaves } from "./quota.ts";

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

const undisturbed: Check = ({ pods, workload: { template } }, { policy, now }) => {
  if (!policy.leaveAlone.annotated) return undefined;
  const asks = ({ doNotDisturb, doNotDisturbUntil = Infinity }: Pod) =>
    doNotDisturb !== undefined && now < doNotDisturbUntil;
  const asked = template.doNotDisturb ?? pods.find(asks)?.doNotDisturb;
  return asked === undefined
    ? undefined
    : {
        reason: "DoNotDisturb",
        message: `${asked.startsWith("label ") ? "" : "annotation "}${asked} asks to leave its pods alone`,
      };
};

const noScratchData: Check = ({ workload: { template } }, { policy }) =>
  template.volumes.emptyDir && policy.leaveAlone.emptyDir
    ? {
        reason: "EmptyDirData",
        message: "it has an emptyDir volume, and policy keeps its data (leaveAlone.emptyDir)",
      }
    : undefined;

/**
 * A StatefulSet's pods have a claim each, and let go of it before the next one starts. One that they all mount ties
 * them to one node: the first that moves could not attach it.
 */
const canAttachTwice: Check = ({ workload: { kind, template } }) => {
  const { exclusive, shared } = template.volumes;
  if (shared) {
    const message = "its replicas mount one volume together, which can be attached to one node only";
    return { reason: "ExclusiveVolume", message };
  }
  if (!exclusive || kind === "StatefulSet") return undefined;
  const message =
    "its volume can be attached to one node only, so a new pod could not start beside the old one";
  return { reason: "ExclusiveVolume", message };
};

const madeAgain: Check = ({ workload: { template } }) => {
  const { missing, volumes } = template;
  if (missing) return { reason: "Terminating", message: `${missing} is gone, so no new pod would be made` };
  return volumes.ending === undefined
    ? undefined
    : { reason: "Terminating", message: `${volumes.ending}, so a new pod would wait for it for ever` };
};

const hasRequests: Check = ({ workload: { template } }) =>
  template.requests.cpu > 0
    ? undefined
    : {
        reason: "NoRequests",
        message:
          "it requests no CPU, so nobody knows what fits: set resources.requests.cpu of its containers, or a default by a LimitRange",
      };

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
  undisturbed,
  nothingLeftBehind,
  noScratchData,
  madeAgain,
  canAttachTwice,
  hasRequests,
  countedResources,
  quotaLeaves,
];
