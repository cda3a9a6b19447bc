// Whether now is a time to go to spot, or to move at all.
import type { MoveKind, Priority, Setback, Try } from "../../model.ts";
import { own } from "../../own.ts";
import { availabilityKept } from "../availability.ts";
import { restsUntil } from "../memory.ts";
import { isOpen } from "../timeWindows.ts";
import type { Check } from "./check.ts";
import { type Objection, minutesUntil, percent } from "../objection.ts";
import { doubled, restsAfterForbidden, restsAfterTry } from "../tries.ts";

const minute = 60_000;

const openWindow: Check = ({ rule }, { now }) =>
  isOpen(rule.windows, now)
    ? undefined
    : {
        reason: "OutsideTimeWindow",
        message: "its namespace allows moves to spot at other times only; what is there stays",
      };

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

/** Whoever refused or undid the last move is likely to do so again; others are planned meanwhile. */
export function notInVain(kind: MoveKind): Check {
  return function notInVain(candidate, world) {
    const { policy, now, tries, snapshot } = world;
    const { key, workload } = candidate;
    const setback = own(snapshot.state.forbidden ?? {}, workload.namespace);
    if (setback) {
      const objection = inVain(restsAfterForbidden(setback, policy), setback, now);
      if (objection) return objection;
    }
    const tried = tries.get(key);
    if (!tried || kind !== (tried.placement === "spot" ? "ToSpot" : "ToRegular")) return undefined;
    return inVain(restsAfterTry(tried, policy), tried, now);
  };
}

/**
 * Of evictions that are to have its pods follow their template: a webhook may deny each of them (Azure/AKS#4720,
 * kubereboot/kured#1269), and they would use up everybody's moves. Twice, since a new pod may not be seen yet.
 */
export const followed: Check = ({ key, workload: { memory }, pods }, { policy, now, evictedAt }) => {
  const since = memory?.lastMovedAt ?? now;
  const tried = (evictedAt.get(key) ?? []).filter((at) => at > since);
  const failed = tried.length - pods.filter(({ createdAt }) => createdAt > since).length;
  if (failed < 2) return undefined;
  const rest = doubled(Math.min(5, policy.cooldown.minutes), failed - 2, policy.cooldown.maxMinutes);
  return inVain(Math.max(...tried) + rest, { failed, at: since, why: "its pods were not evicted" }, now);
};

function inVain(until: number, tried: Try | Setback, now: number): Objection | undefined {
  if (until <= now) return undefined;
  const { failed, why, at } = tried;
  const evidence = { failed, minutesLeft: minutesUntil(until, now) };
  const next = `next try in ${evidence.minutesLeft} min`;
  if ("result" in tried && tried.result === "Undone") {
    const ago = Math.round((now - at) / minute);
    return {
      reason: "PlacementUndone",
      message: `its move to spot of ${ago} min ago was undone by somebody else, ${failed} in a row, ${next}`,
      evidence,
    };
  }
  const message = `its move came to nothing, ${failed} in a row, ${next}${why ? `: ${why}` : ""}`;
  return { reason: "MoveRefused", message, evidence };
}

/** For every voluntary move to spot. */
export const mayGoToSpot: Check[] = [
  openWindow,
  notInVain("ToSpot"),
  spotStable,
  availabilityKept,
  spotHasRoomForOthers,
  poolsHealthy("spot"),
  rested("ToSpot"),
];

/** For every voluntary move to regular. */
export const mayComeBack: Check[] = [notInVain("ToRegular"), poolsHealthy("regular"), rested("ToRegular")];
