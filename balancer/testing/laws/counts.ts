// What a run of laws must have come across, and how often: a law whose premise never held says nothing.
//
// Whoever adds a reason, a step or a kind of move adds a line here, and a theme in specs/themes.ts that brings it about.
import type { MoveReason, RefusalReason } from "../../model.ts";
import type { Round } from "../laws.ts";

/** How often each is to be found, in a run without `PROPERTY_RUNS`. */
export const often = 50;

/** 0: clusters are not generated for it; refusals.test.ts has its cases. */
const moveReasons: Record<MoveReason, number> = {
  Idle: often,
  LowPriority: often,
  BackToSpot: often,
  RegularPressure: often,
  EmptyingNode: often,
  Busy: often,
  SpotPressure: often,
  SpotNodeLost: often,
  NoLongerAllowed: often,
  SplitStuck: often,
  MoveStuck: often,
  AvailabilityAtStake: often,
  Following: often,
  HotNode: often,
};

const refusalReasons: Record<RefusalReason, number> = {
  NotIdle: often,
  StaysOnSpot: often,
  NotOnSpot: often,
  NoReplicas: often,
  NamespaceForbidden: often,
  Critical: often,
  OutsideTimeWindow: often,
  ShareReached: often,
  FloorOnRegular: often,
  ScoreTooLow: often,
  ExcludedByLabel: often,
  Placeholder: often,
  UnsupportedKind: often,
  ControlledByOther: often,
  ForeignOwner: often,
  StatefulSetNotOptedIn: often,
  RecreateStrategy: often,
  NoSurge: often,
  OnDeleteStrategy: often,
  Paused: often,
  LocalStorage: often,
  ExclusiveVolume: often,
  OtherResources: often,
  QuotaReached: often,
  NoRequests: often,
  MetricsUnavailable: often,
  NoSamples: often,
  StaleSamples: often,
  RolloutInProgress: often,
  AutoscalerInMotion: often,
  UnschedulablePods: often,
  SpotQueue: often,
  PoolInBackoff: often,
  WouldReturn: often,
  MoveRefused: often,
  PlacementUndone: often,
  Cooldown: often,
  SpotUnstable: often,
  DisruptionBudget: often,
  MoveBudgetRound: often,
  MoveBudgetHour: often,
  NoSpotNodes: often,
  NoCapacityOnSpot: often,
  NoCapacityOnRegular: often,
  AboveWaterMark: often,
  NodeAffinity: often,
  Taints: often,
  VolumeZone: often,
  PodAffinity: often,
  AntiAffinity: often,
  TopologySpread: often,
  NoWayBack: often,
  HostPort: often,
  DoNotDisturb: often,
  Unreadable: often,
  Terminating: often,
  EmptyDirData: often,
  VolumeDriver: often,
  VolumeLimit: often,
  AvailabilityAtStake: often,
};

/** What is counted by rounds in which it is there. */
const features: Record<string, { atLeast: number; isIn: (round: Round) => boolean }> = {
  "ToSpot": { atLeast: often, isIn: moves(({ kind }) => kind === "ToSpot") },
  "ToRegular": { atLeast: often, isIn: moves(({ kind }) => kind === "ToRegular") },
  "Rebalance": { atLeast: often, isIn: moves(({ kind }) => kind === "Rebalance") },
  "rescue": { atLeast: often, isIn: moves((move) => !move.placement && move.reason === "SpotNodeLost") },
  "split": { atLeast: often, isIn: moves(({ split }) => split !== undefined) },
  "growth": { atLeast: often, isIn: moves(({ growsBy }) => growsBy !== undefined) },
  "placeholders make room": { atLeast: often, isIn: moves(({ makesRoom }) => makesRoom !== undefined) },
  "spot is asked": { atLeast: often, isIn: ({ plan }) => (plan.ask?.create.length ?? 0) > 0 },
  "spot is let go": { atLeast: often, isIn: ({ plan }) => (plan.ask?.remove.length ?? 0) > 0 },
  "renewal": { atLeast: often, isIn: moves(({ renews }) => renews === true) },
  "move with evictions": { atLeast: often, isIn: moves((move) => !!move.placement && move.evictions.length > 0) },
  "autoscaler of a workload": { atLeast: often, isIn: ({ snapshot }) => snapshot.autoscalers.length > 0 },
  "pool in back-off": { atLeast: often, isIn: pools(({ backoff }) => backoff) },
  "pool unhealthy": { atLeast: often, isIn: pools(({ health }) => health === "Unhealthy") },
  "autoscaler silent": { atLeast: often, isIn: ({ snapshot }) => snapshot.poolHealth.length === 0 },
}; // prettier-ignore

function moves(isMeant: (move: Round["plan"]["moves"][number]) => boolean): (round: Round) => boolean {
  return ({ plan }) => plan.moves.some(isMeant);
}

function pools(isMeant: (pool: Round["snapshot"]["poolHealth"][number]) => boolean) {
  return ({ snapshot }: Round) => snapshot.poolHealth.some(isMeant);
}

/** Name → how often it was found, and how often it should be. */
export function countRounds(rounds: Round[]): Record<string, { found: number; atLeast: number }> {
  const counts: Record<string, { found: number; atLeast: number }> = {
    "rounds with a move": { found: 0, atLeast: rounds.length / 2 },
    "rounds with two or more": { found: 0, atLeast: rounds.length / 5 },
  };
  const add = (name: string, atLeast: number) => {
    counts[name] ??= { found: 0, atLeast };
    counts[name].found++;
  };
  for (const [reason, atLeast] of Object.entries(moveReasons))
    counts[`moves: ${reason}`] = { found: 0, atLeast };
  for (const [reason, atLeast] of Object.entries(refusalReasons))
    counts[`stays: ${reason}`] = { found: 0, atLeast };
  for (const [name, { atLeast }] of Object.entries(features)) counts[name] = { found: 0, atLeast };
  for (const round of rounds) {
    const { moves, refusals } = round.plan;
    if (moves.length > 0) add("rounds with a move", 0);
    if (moves.length > 1) add("rounds with two or more", 0);
    for (const { reason } of moves) add(`moves: ${reason}`, 0);
    for (const { reason } of refusals) add(`stays: ${reason}`, 0);
    for (const [name, { isIn }] of Object.entries(features)) if (isIn(round)) add(name, 0);
  }
  return counts;
}
