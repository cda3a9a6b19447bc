// What the chart shows of a comparison, written down while it runs: nodes at each change, costs on an even grid, all moves.
import { type Comparison, compare } from "../compare.ts";
import type { Moment, Watcher } from "../loop.ts";
import { type Scenario, durationOf } from "../scenario.ts";

/** Columns as uPlot takes them; times in seconds since 1970. */
export interface Story {
  currency: string;
  nodes: { times: number[]; available: number[]; regular: number[]; spot: number[] };
  /** Since the start. */
  costs: { times: number[]; nothing: number[]; ours: number[]; bound: number[] };
  moves: MoveMark[];
}

export interface MoveMark {
  time: number;
  kind: string;
  workload: string;
  reason: string;
  message: string;
}

/** More points than a screen is wide show nothing more. */
const costPoints = 600;

export function compareAndTell(scenario: Scenario): { comparison: Comparison; story: Story } {
  const { start, policy } = scenario;
  const seconds = (at: number) => at / 1000;
  const nodes: Story["nodes"] = { times: [], available: [], regular: [], spot: [] };
  const costs: Story["costs"] = { times: [], nothing: [], ours: [], bound: [] };
  const moves: MoveMark[] = [];

  const note = (at: number, { nodes: { regular, spot }, available }: Pick<Moment, "nodes" | "available">) => {
    nodes.times.push(seconds(at));
    nodes.available.push(available);
    nodes.regular.push(regular);
    nodes.spot.push(spot);
  };
  const isNew = ({ nodes: { regular, spot }, available }: Moment) =>
    nodes.regular.at(-1) !== regular || nodes.spot.at(-1) !== spot || nodes.available.at(-1) !== available;

  let last: Moment | undefined;
  const onGrid = grid(scenario);
  const ours: Watcher = {
    onRound: (_snapshot, plan, now) => {
      for (const { kind, workload, reason, message } of plan.moves) {
        const name = `${workload.namespace}/${workload.name}`;
        moves.push({ time: seconds(now), kind, workload: name, reason, message });
      }
    },
    onTick: (cluster, moment) => {
      if (isNew(moment)) note(cluster.now, moment);
      last = moment;
      if (!onGrid(cluster.now)) return;
      costs.times.push(seconds(cluster.now));
      costs.ours.push(moment.cost);
      costs.bound.push(moment.lowerBound);
    },
  };
  const onSameGrid = grid(scenario);
  const nothing: Watcher = {
    onTick: (cluster, { cost }) => {
      if (onSameGrid(cluster.now)) costs.nothing.push(cost);
    },
  };

  const comparison = compare(scenario, ours, nothing);
  const end = start + durationOf(scenario);
  if (last) note(end, last);
  costs.times.push(seconds(end));
  costs.nothing.push(comparison.nothing.cost);
  costs.ours.push(comparison.balanced.cost);
  costs.bound.push(comparison.best.cost);
  return { comparison, story: { currency: policy.costs.currency, nodes, costs, moves } };
}

/** @returns whether it is time for another point */
function grid(scenario: Scenario): (at: number) => boolean {
  const step = durationOf(scenario) / costPoints;
  let next = scenario.start;
  return (at) => {
    if (at < next) return false;
    while (next <= at) next += step;
    return true;
  };
}
