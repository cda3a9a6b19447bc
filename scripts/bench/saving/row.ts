// One strategy on one trace: what it saved, and what that cost in service. Pure.
import type { Run } from "../../simulate/meter.ts";

export interface Row {
  trace: string;
  strategy: string;
  /** Part of what the best plan in hindsight would have saved; below 0 where it cost more than doing nothing. */
  share: number;
  /** Part of the wanted pod-minutes that were served, of all, and by tier. */
  availability: number;
  byTier: Record<string, number>;
  movesPerDay: number;
  pending: number;
  unavailable: number;
}

export function rowOf(trace: string, strategy: string, run: Run, nothing: Run, hours: number): Row {
  const possible = nothing.cost - run.lowerBound;
  const { ToSpot, ToRegular, Rebalance } = run.moves;
  const served = (parts: { wanted: number; unavailable: number }[]) => {
    const sum = (of: (part: (typeof parts)[number]) => number) =>
      parts.reduce((all, each) => all + of(each), 0);
    return 1 - sum(({ unavailable }) => unavailable) / sum(({ wanted }) => wanted);
  };
  const tiers = Map.groupBy(run.workloads, ({ tier }) => tier);
  return {
    ...{ trace, strategy },
    share: possible > 0 ? (nothing.cost - run.cost) / possible : 0,
    availability: served([run.podMinutes]),
    byTier: Object.fromEntries(
      [...tiers].map(([tier, workloads]) => [
        tier,
        served(
          workloads.map(({ wantedMinutes, unavailableMinutes }) => ({
            wanted: wantedMinutes,
            unavailable: unavailableMinutes,
          })),
        ),
      ]),
    ),
    movesPerDay: ((ToSpot + ToRegular + Rebalance) * 24) / hours,
    pending: run.podMinutes.pending,
    unavailable: run.podMinutes.unavailable,
  };
}

export const aims = [0.99, 0.995, 0.999];

/** Whoever saves most of those that keep an availability; undefined: nobody keeps it. */
export function bestAt(rows: Row[], aim: number): Row | undefined {
  return rows.filter(({ availability }) => availability >= aim).toSorted((a, b) => b.share - a.share)[0];
}
