// What each workload would do if nothing but itself mattered: leave for spot, come back, or stay with a reason.
import type { Evidence, MoveReason, Pod } from "../model.ts";
import { type Check, firstObjection } from "./checks/check.ts";
import { type Objection, apart, percent } from "./objection.ts";
import { followed, mayComeBack, mayGoToSpot, notInVain, poolsHealthy } from "./checks/destination.ts";
import { noDoubt, windowKnown } from "./checks/doubt.ts";
import { hasNodes } from "./checks/nodes.ts";
import { movesWithoutHarm } from "./checks/manner.ts";
import { mayBeOnSpot, mayBePlaced, mayBeTouched } from "./checks/permission.ts";
import { type Loss, lossOf } from "./loss.ts";
import { cameBack, leftBroken, stalePods } from "./stalePods.ts";
import { replacesNoPod } from "./replacement.ts";
import type { Intent } from "./intent.ts";
import { isOverdrawn } from "./availability.ts";
import { didNotStay, strays } from "./strays.ts";
import { stuckMove } from "./stuck.ts";
import { comesBackForLoad, hasStarted, isIdle, workloadUsage } from "./workloadUsage.ts";
import { type Candidate, type World, podsOn } from "./world.ts";

export interface Judgment {
  candidate: Candidate;
  /** What it wants to do by itself. */
  intent?: Intent;
  /** A move that harms nobody, but that only the state of the pools can justify (pressure, emptying). */
  willing?: "ToSpot" | "ToRegular";
  /** Pods to get off lost nodes by themselves: the workload stays on spot, or would be rolled and cannot be. */
  rescue?: Loss;
  /** Pods of a StatefulSet that has come back, and cannot go on before these are replaced. */
  broken?: Pod[];
  /** Pods to be evicted one by one, since nothing else makes them follow its template. */
  following?: Pod[];
  /** Why it stays, unless it moves; missing when it has a wish, and whoever does not grant it says why. */
  objection?: Objection;
}

export function judgmentOf(candidate: Candidate, world: World): Judgment {
  const judgment = candidate.workload.placement === "spot" ? judgeOnSpot : judgeOnRegular;
  return judgment(candidate, world);
}

function judgeOnRegular(candidate: Candidate, world: World): Judgment {
  const object = (...checks: Check[][]) => firstObjection(checks.flat(), candidate, world);
  const isLow = candidate.tier === "low";
  const { cpuUtilization, cpuUtilizationOverWindow, network } = candidate.usage;
  const { enterCpuUtilization, windowMinutes } = candidate.thresholds;
  const evidence = {
    cpuUtilization,
    cpuUtilizationOverWindow,
    enterCpuUtilization,
    ...(network !== undefined && { networkBytesPerSecond: network }),
  };

  const forbidden = object(mayBeTouched);
  if (forbidden) return { candidate, objection: forbidden };
  const stale = stalePods(candidate, world);
  if (stale.length > 0) return judgeStale(candidate, stale, world);
  const isLeft = cameBack(candidate.workload) && replacesNoPod(candidate.workload);
  const rescue = isLeft ? lossOf(candidate, world) : undefined;
  if (rescue) return { candidate, rescue };
  const broken = leftBroken(candidate, world);
  if (broken.length > 0) return { candidate, broken };
  const objection =
    object(mayBePlaced, mayBeOnSpot, movesWithoutHarm, hasNodes, noDoubt, isLow ? [] : windowKnown) ??
    (isLow || isIdle(candidate.usage, candidate.thresholds) ? object(mayGoToSpot) : undefined);
  if (objection) return { candidate, objection };

  const all = candidate.pods.filter(({ deletingAt }) => deletingAt === undefined).length;
  // Where spot has no taint (Azure/AKS#982: nowhere but there), the scheduler sends work there by itself; a roll brings nothing.
  if (all > 0 && podsOn(world, candidate, "spot").length === all) {
    const message = `${all === 1 ? "its pod is" : `all ${all} of its pods are`} on spot nodes, where nobody has placed it`;
    return { candidate, objection: { reason: "StaysOnSpot", message, evidence } };
  }
  const used = `CPU at ${percent(cpuUtilizationOverWindow)} of its requests over ${windowMinutes} min`;
  if (isLow || isIdle(candidate.usage, candidate.thresholds)) {
    const intent: Intent = {
      candidate,
      kind: "ToSpot",
      reason: isLow ? "LowPriority" : "Idle",
      voluntary: true,
      message: isLow ? "its tier is low" : `${used}, idle is at most ${percent(enterCpuUtilization)}`,
      evidence,
    };
    return { candidate, intent };
  }
  const message = notIdleBecause(candidate);
  const notIdle: Objection = { reason: "NotIdle", message, evidence };
  return object(mayGoToSpot)
    ? { candidate, objection: notIdle }
    : { candidate, willing: "ToSpot", objection: notIdle };
}

/** What is above its threshold, be it the load or the traffic. */
function notIdleBecause({ usage, thresholds }: Candidate): string {
  const { cpuUtilization, cpuUtilizationOverWindow, network = 0 } = usage;
  const { enterCpuUtilization, enterNetworkBytesPerSecond, windowMinutes } = thresholds;
  const highest = Math.max(cpuUtilization, cpuUtilizationOverWindow);
  if (highest <= enterCpuUtilization) {
    const [used, most] = [network, enterNetworkBytesPerSecond].map((bytes) => Math.round(bytes / 100) / 10);
    return `traffic of ${used} kB/s per pod over ${windowMinutes} min, idle is at most ${most} kB/s`;
  }
  const [, most] = apart(highest, enterCpuUtilization);
  const [before] = apart(cpuUtilizationOverWindow, enterCpuUtilization);
  const [now] = apart(cpuUtilization, enterCpuUtilization);
  return `CPU at ${before} of its requests over ${windowMinutes} min and ${now} now, idle is at most ${most}`;
}

function judgeOnSpot(candidate: Candidate, world: World): Judgment {
  const object = (...checks: Check[][]) => firstObjection(checks.flat(), candidate, world);
  const toRegular = (reason: MoveReason, voluntary: boolean, message: string, evidence: Evidence = {}) => ({
    candidate,
    intent: { candidate, kind: "ToRegular", reason, voluntary, message, evidence } satisfies Intent,
  });

  const forbidden = object(mayBeTouched);
  if (forbidden) return { candidate, objection: forbidden };
  const loss = lossOf(candidate, world);
  if (loss?.kind === "all")
    return { ...toRegular("SpotNodeLost", false, loss.message, loss.evidence), rescue: loss };
  if (loss) return { candidate, rescue: loss };
  const stuck = stuckMove(candidate, world);
  if (stuck) return toRegular(stuck.reason, false, stuck.message);

  const doubt = object(movesWithoutHarm, noDoubt, mayComeBack);
  const unwelcome = object(mayBeOnSpot);
  if (unwelcome) {
    return doubt ? { candidate, objection: doubt } : toRegular("NoLongerAllowed", true, unwelcome.message);
  }
  const { cpuUtilization } = candidate.usage;
  const { exitCpuUtilization } = candidate.thresholds;
  const evidence = { cpuUtilization, exitCpuUtilization };
  const starting = comesBackForLoad(candidate) ? whileStarting(candidate, world) : undefined;
  if (comesBackForLoad(candidate) && !starting) {
    const [used, mark] = apart(cpuUtilization, exitCpuUtilization);
    const message = `CPU at ${used} of its requests, above ${mark}`;
    return doubt ? { candidate, objection: doubt } : toRegular("Busy", true, message, evidence);
  }
  const stale = stalePods(candidate, world);
  if (stale.length > 0) return judgeStale(candidate, stale, world);
  const overdrawn = isOverdrawn(candidate, world);
  if (overdrawn && podsOn(world, candidate, "spot").length > 0) {
    return doubt
      ? { candidate, objection: doubt }
      : toRegular("AvailabilityAtStake", true, overdrawn.message);
  }
  const shared = object(mayBePlaced);
  if (strays(candidate, world).length > 0)
    return shared ? { candidate, objection: shared } : judgeElsewhere(candidate, world);
  const message = `CPU at ${percent(cpuUtilization)} of its requests${starting ?? ""}, busy is above ${percent(exitCpuUtilization)}`;
  const staying: Objection = { reason: "StaysOnSpot", message, evidence };
  if (doubt) return { candidate, objection: object(noDoubt) ?? staying };
  return { candidate, willing: "ToRegular", objection: shared ?? staying };
}

/**
 * What starts often needs more CPU than what serves (kubernetes/kubernetes#28692, #72775), and a move would only have
 * it start again. So it is busy by its pods that have run for as long as usage is averaged over; what a move of ours has
 * started, its cool-down leaves alone.
 * @returns undefined when these are busy
 */
function whileStarting(candidate: Candidate, world: World): string | undefined {
  const { pods, thresholds, workload } = candidate;
  const { now } = world;
  const { rateMinutes } = world.policy.usage;
  if (now - (workload.memory?.lastMovedAt ?? 0) < 2 * rateMinutes * 60_000) return undefined;
  const old = pods.filter((pod) => hasStarted(pod, world));
  const { known, cpuUtilization } = workloadUsage(old, now);
  if (cpuUtilization > thresholds.exitCpuUtilization) return undefined;
  return known > 0
    ? ` with pods that start, ${percent(cpuUtilization)} without those of the last ${rateMinutes} min`
    : `, and all of its pods have started within the last ${rateMinutes} min`;
}

function judgeStale(candidate: Candidate, following: Pod[], world: World): Judgment {
  const { placement } = candidate.workload;
  const objection = firstObjection(
    [...movesWithoutHarm, ...noDoubt, notInVain("Rebalance"), followed, poolsHealthy(placement)],
    candidate,
    world,
  );
  return objection ? { candidate, objection } : { candidate, following };
}

/** Placed on spot, but the scheduler put all its pods on regular: they get another chance when there is room. */
function judgeElsewhere(candidate: Candidate, world: World): Judgment {
  const object = (...checks: Check[][]) => firstObjection(checks.flat(), candidate, world);
  const away = strays(candidate, world).length;
  const message = `it may run on spot, but ${away} of its pods are elsewhere`;
  const isLow = candidate.tier === "low";
  const doubt = object(noDoubt);
  if (doubt) return { candidate, objection: doubt };
  const obstacle = object(movesWithoutHarm, isLow ? [] : windowKnown, mayGoToSpot);
  if (obstacle || !(isLow || isIdle(candidate.usage, candidate.thresholds))) {
    const why = obstacle?.message ?? "it is not idle";
    const reason = obstacle?.reason === "AvailabilityAtStake" ? obstacle.reason : "NotOnSpot";
    return { candidate, objection: { reason, message: `${message}; ${why}` } };
  }
  return {
    candidate,
    intent: {
      candidate,
      kind: "ToSpot",
      reason: "BackToSpot",
      voluntary: true,
      message,
      evidence: { away, didNotStay: didNotStay(candidate, world) },
    },
  };
}
