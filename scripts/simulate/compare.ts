// The same world three times: with the balancer, with nobody who moves anything, and at its cheapest in hindsight.
import { decide } from "../../balancer/decide.ts";
import type { Run } from "./meter.ts";
import { type Scenario, availableAt, durationOf, spotPoolsOf, withoutSpot } from "./scenario.ts";
import { type Watcher, simulate } from "./loop.ts";

export interface Comparison {
  hours: number;
  roundSeconds: number;
  seed: number;
  currency: string;
  /** Spot nodes that the cloud has: fewest, mean, most. */
  spotAvailable: { least: number; mean: number; most: number };
  balanced: Run;
  /** Everything on regular nodes, autoscaled, and no spot pool to pay for. */
  nothing: Run;
  /** What no plan could be below, with the work of `balanced`; see bound.ts. */
  best: { cost: number };
  /** Against doing nothing; `share` of its cost, `ofPossible` as a part of what the best plan would save. */
  saving: { cost: number; share: number; ofPossible: number };
}

/** @param watcher sees the world with the balancer; @param ofNothing sees the one without */
export function compare(scenario: Scenario, watcher?: Watcher, ofNothing?: Watcher): Comparison {
  const balanced = simulate(scenario, decide, watcher);
  const nothing = simulate(withoutSpot(scenario), undefined, ofNothing);
  const pools = spotPoolsOf(scenario);
  const available = scenario.spot.available.map((_, step) =>
    pools.reduce((sum, { trace }) => sum + availableAt(trace, step * scenario.spot.stepMs), 0),
  );
  const saved = nothing.cost - balanced.cost;
  const possible = nothing.cost - balanced.lowerBound;
  return {
    hours: durationOf(scenario) / 3_600_000,
    roundSeconds: scenario.timings.roundMs / 1000,
    seed: scenario.seed,
    currency: scenario.policy.costs.currency,
    spotAvailable: {
      least: Math.min(...available),
      mean: available.reduce((sum, nodes) => sum + nodes, 0) / available.length,
      most: Math.max(...available),
    },
    balanced,
    nothing,
    best: { cost: balanced.lowerBound },
    saving: {
      cost: saved,
      share: nothing.cost > 0 ? saved / nothing.cost : 0,
      ofPossible: possible > 0 ? saved / possible : 0,
    },
  };
}
