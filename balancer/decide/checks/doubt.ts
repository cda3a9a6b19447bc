// Doubt stops action: what is in motion, or not known well enough, is left alone in this round.
import { isSettled } from "../replacement.ts";
import type { Check } from "./check.ts";

const minute = 60_000;

const settled: Check = ({ workload }) => {
  if (isSettled(workload)) return undefined;
  const { replicas, status } = workload;
  const { updated, available, failure, replicas: existing, generation, observedGeneration } = status;
  const counts = `${updated} of ${replicas} replicas are up to date and ${available} available`;
  // Pods too many may wait at a gate (kubernetes-sigs/kueue#8769); of an old status all counts are of before.
  const more = existing > replicas ? `, and there are ${existing}` : "";
  const old =
    observedGeneration < generation ? ", before its last change: its controller has not seen it" : "";
  return {
    reason: "RolloutInProgress",
    message: `${counts}${more}${old}${failure === undefined ? "" : `; its controller says: ${failure}`}`,
    evidence: { replicas, updated, available, existing },
  };
};

/** Asked before the rollout that it holds up: that one ends by itself, and this may last. */
const scheduled: Check = ({ pods }) => {
  const waiting = pods.filter(({ unschedulableSince }) => unschedulableSince !== undefined).length;
  if (waiting === 0) return undefined;
  return {
    reason: "UnschedulablePods",
    message: `${waiting} of its pods cannot be scheduled`,
    evidence: { unschedulable: waiting },
  };
};

const steadyAutoscaler: Check = ({ autoscaler, workload: { replicas } }, { policy, now }) => {
  if (!autoscaler) return undefined;
  const { name, currentReplicas, desiredReplicas, lastScaleAt, minReplicas, maxReplicas, inactive } =
    autoscaler;
  const evidence = { autoscaler: name, currentReplicas, desiredReplicas };
  if (currentReplicas !== desiredReplicas) {
    return {
      reason: "AutoscalerInMotion",
      message: `autoscaler ${name} goes from ${currentReplicas} to ${desiredReplicas} replicas`,
      evidence,
    };
  }
  // A new one has no status yet, and its first act is this, whatever is measured (kubernetes, `reconcileAutoscaler`).
  if (inactive === undefined && (replicas < minReplicas || replicas > maxReplicas)) {
    return {
      reason: "AutoscalerInMotion",
      message: `autoscaler ${name} keeps ${minReplicas} to ${maxReplicas} replicas, and there are ${replicas}`,
      evidence: { ...evidence, replicas, minReplicas, maxReplicas },
    };
  }
  const rest = policy.cooldown.autoscalerMinutes * minute;
  // By another clock; what lies further ahead than any difference of clocks says nothing.
  if (lastScaleAt === undefined || Math.abs(now - lastScaleAt) >= rest) return undefined;
  return {
    reason: "AutoscalerInMotion",
    message: `autoscaler ${name} changed the replicas ${Math.round(Math.max(0, now - lastScaleAt) / 1000)} s ago`,
    evidence,
  };
};

const usageKnown: Check = ({ usage }, { snapshot }) => {
  if (snapshot.usageProblem !== undefined) {
    return { reason: "MetricsUnavailable", message: snapshot.usageProblem };
  }
  if (usage.known === usage.expected && usage.known > 0) return undefined;
  return {
    reason: "NoSamples",
    message: `usage is known of ${usage.known} of its ${usage.expected} running pods`,
    evidence: { known: usage.known, running: usage.expected },
  };
};

const usageFresh: Check = ({ usage }, { policy }) => {
  const { maxSampleAgeMinutes } = policy.idle;
  if (usage.age <= maxSampleAgeMinutes * minute) return undefined;
  const ageSeconds = Math.round(usage.age / 1000);
  return {
    reason: "StaleSamples",
    message: `its newest samples are ${ageSeconds} s old, ${maxSampleAgeMinutes} min are believed`,
    evidence: { ageSeconds, maxSampleAgeMinutes },
  };
};

/** For every voluntary move. */
export const noDoubt: Check[] = [scheduled, settled, steadyAutoscaler, usageKnown, usageFresh];

const enoughSamples: Check = ({ usage: { samples } }, { policy }) => {
  const { minSamples, windowMinutes } = policy.idle;
  if (samples >= minSamples) return undefined;
  return {
    reason: "NoSamples",
    message: `${samples} of at least ${minSamples} samples in the last ${windowMinutes} min`,
    evidence: { samples, minSamples },
  };
};

/** PromQL's `rate` spreads what a young pod used over its whole range, so a busy one would look idle at first. */
const oldEnough: Check = ({ usage: { youngest } }, { policy }) => {
  const { rateMinutes } = policy.usage;
  if (youngest >= rateMinutes * minute) return undefined;
  const ranSeconds = Math.round(youngest / 1000);
  return {
    reason: "NoSamples",
    message: `its youngest pod has run for ${ranSeconds} s, and usage is averaged over ${rateMinutes} min`,
    evidence: { ranSeconds, rateMinutes },
  };
};

/** Others' traffic is measured, so its own is not nothing where it is missing. */
const trafficKnown: Check = ({ usage: { withoutTraffic, expected } }) =>
  withoutTraffic === 0
    ? undefined
    : {
        reason: "NoSamples",
        message: `traffic is unknown of ${withoutTraffic} of its ${expected} running pods, though others' is measured`,
        evidence: { withoutTraffic, running: expected },
      };

/** To call a workload idle, the whole window must be known. */
export const windowKnown: Check[] = [enoughSamples, oldEnough, trafficKnown];
