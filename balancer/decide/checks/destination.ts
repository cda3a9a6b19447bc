// Whether now is a time to go to spot, or to move at all.
import type { MoveKind, Priority } from "../../model.ts";
import { availabilityKept } from "../availability.ts";
import { restsUntil } from "../memory.ts";
import { isOpen } from "../timeWindows.ts";
import type { Check } from "./check.ts";
import { minutesUntil, percent } from "../objection.ts";

const minute = 60_000;

const openWindow: Check = ({ rule }, { now }) =>
  isOpen(rule.windows, now)
    ? undefined
    : { reason: "OutsideTimeWindow", message: "its namespace allows moves to spot at other times only" };

const spotStable: Check = (_candidate, { spot, policy, now }) => {
  if (spot.stable) return undefined;
  const { stableMinutes } = policy.pools.spot;
  const lastLosses = [...spot.pools.values()].map(({ lastLossAt = now }) => lastLossAt);
  const wait = minutesUntil(Math.min(...lastLosses) + stableMinutes * minute, now);
  const inEach = spot.pools.size > 1 ? `, too many in each of ${spot.pools.size} pools` : "";
  return {
    reason: "SpotUnstable",
    message: `${percent(spot.lostShare)} of the spot nodes were lost in the last ${stableMinutes} min${inEach}, next try in ${wait} min`,
    evidence: { lostShare: spot.lostShare, stableMinutes },
  };
};

const spotHasRoomForOthers: Check = (_candidate, { spotQueue: { pods } }) =>
  pods === 0
    ? undefined
    : {
        reason: "SpotQueue",
        message: `${pods} pods that can only run on spot wait for room there`,
        evidence: { waiting: pods },
      };

/** Voluntary moves do not count on pools whose autoscaler has given up for now. */
export function poolsHealthy(priority: Priority): Check {
  return function poolsHealthy(_candidate, { poolTrouble }) {
    const pools = poolTrouble[priority];
    if (pools.length === 0) return undefined;
    return {
      reason: "PoolInBackoff",
      message: `the cluster autoscaler is in back-off, or unhealthy, for every ${priority} pool: ${pools.join(", ")}`,
      evidence: { pools: pools.join() },
    };
  };
}

export function rested(kind: MoveKind): Check {
  return function rested({ workload, key }, { policy, now, evictedAt }) {
    const until = restsUntil(
      workload,
      evictedAt.get(key) ?? [],
      kind,
      policy,
      kind === "ToSpot" && (workload.placement === "spot" || workload.memory?.lastReason === "SpotNodeLost"),
    );
    if (until <= now) return undefined;
    const failedReturns = workload.memory?.failedReturns ?? 0;
    return {
      reason: "Cooldown",
      message: `it moved lately and rests for ${minutesUntil(until, now)} min more`,
      evidence: { minutesLeft: minutesUntil(until, now), failedReturns },
    };
  };
}

/** For every voluntary move to spot. */
export const mayGoToSpot: Check[] = [
  openWindow,
  spotStable,
  availabilityKept,
  spotHasRoomForOthers,
  poolsHealthy("spot"),
  rested("ToSpot"),
];

/** For every voluntary move to regular. */
export const mayComeBack: Check[] = [poolsHealthy("regular"), rested("ToRegular")];
