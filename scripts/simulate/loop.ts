// The closed loop: traces move the cluster, the balancer looks at it each round, and what it decides changes the next one.
import type { Plan, Snapshot } from "../../balancer/model.ts";
import type { Policy } from "../../balancer/policy.ts";
import { goOnDraining, grow, poolHealth, shrink } from "./autoscaler.ts";
import { seededChance } from "./chance.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";
import { Meter, type Run } from "./meter.ts";
import {
  type LoadStep,
  type Scenario,
  availableAt,
  durationOf,
  fewestWithin,
  spotPoolsOf,
} from "./scenario.ts";
import { type World, nodesIn, setUp } from "./setUp.ts";

/** `decide`, or anything else that moves workloads. */
export type Mover = (snapshot: Snapshot, policy: Policy, now: number) => Plan;

export interface Watcher {
  /** After each decision, before it is carried out. */
  onRound?(snapshot: Snapshot, plan: Plan, now: number): void;
  /** Whenever the cluster has come to rest. @param moment what it costs from here on, and has cost up to here */
  onTick?(cluster: SimCluster, moment: Moment): void;
}

export interface Moment {
  /** That cost: those there, and those on their way. */
  nodes: { regular: number; spot: number };
  /** Spot nodes that the cloud has. */
  available: number;
  cost: number;
  lowerBound: number;
}

/** How often the autoscaler looks for nodes to remove. */
const shrinkEveryMs = 60_000;

/** @param mover undefined: nobody moves anything */
export function simulate(scenario: Scenario, mover: Mover | undefined, watcher: Watcher = {}): Run {
  const { timings, start, policy } = scenario;
  const chance = seededChance(scenario.seed);
  const meter = new Meter(scenario);
  const world = setUp(scenario, chance, () => meter.violation());
  const { cluster, pools, autoscalers } = world;
  const all = [pools.regular, ...pools.spot];
  const inputs = new Inputs(scenario, world);
  const end = start + durationOf(scenario);
  let nextRound = start;
  let nextShrink = start;

  while (cluster.now < end) {
    if (inputs.apply(cluster.now - start)) meter.change(cluster.now);
    for (const pool of pools.spot) pool.preempt(chance);
    for (const pool of [...pools.spot, pools.regular]) pool.arrive();
    for (const autoscaler of autoscalers) autoscaler.scale(cluster);
    // An announcement starts a round at once, as `spot-balancer watch` does.
    const news = timings.noticeMs > 0 ? pools.spot.map((pool) => pool.announce(chance)) : [];
    const announced = news.includes(true);
    if (mover && (announced || cluster.now >= nextRound)) {
      if (cluster.now >= nextRound) nextRound += timings.roundMs;
      cluster.extras = {
        autoscalers: autoscalers.map((each) => each.status(cluster)),
        poolHealth: poolHealth(all),
      };
      const snapshot = cluster.snapshot();
      const plan = mover(snapshot, policy, cluster.now);
      watcher.onRound?.(snapshot, plan, cluster.now);
      cluster.carryOut(plan);
      meter.round(plan, cluster.now);
    }
    cluster.step(0);
    grow(cluster, all, chance);
    if (cluster.now >= nextShrink) {
      nextShrink += shrinkEveryMs;
      shrink(cluster, all, timings);
    }
    goOnDraining(cluster, all);
    cluster.step(0);
    watcher.onTick?.(cluster, momentOf(world, meter));
    const elapsed = Math.min(timings.tickMs, end - cluster.now);
    meter.tick(world, elapsed);
    cluster.elapse(elapsed);
  }
  return meter.result(world);
}

function momentOf({ pools }: World, { bill }: Meter): Moment {
  const { regular, spot } = pools;
  const available = spot.reduce((sum, pool) => sum + pool.available, 0);
  return { nodes: { regular: regular.size, spot: nodesIn(spot) }, available, ...bill };
}

/** Plays the traces. */
class Inputs {
  private readonly scenario: Scenario;
  private readonly world: World;
  private readonly loads: { key: string; steps: LoadStep[]; next: number }[];

  constructor(scenario: Scenario, world: World) {
    this.scenario = scenario;
    this.world = world;
    this.loads = [...scenario.loads].map(([name, steps]) => ({ key: world.keys.get(name)!, steps, next: 0 }));
  }

  /** @param sinceStart milliseconds @returns whether anything is different now */
  apply(sinceStart: number): boolean {
    const { noticeMs } = this.scenario.timings;
    let changed = false;
    for (const [i, { trace }] of spotPoolsOf(this.scenario).entries()) {
      const pool = this.world.pools.spot[i]!;
      const nodes = availableAt(trace, sinceStart);
      changed ||= pool.available !== nodes;
      pool.available = nodes;
      pool.ahead = fewestWithin(trace, sinceStart, sinceStart + noticeMs);
    }
    for (const load of this.loads) {
      while (load.next < load.steps.length && load.steps[load.next]!.at <= sinceStart) {
        const { cpu, memory } = load.steps[load.next++]!;
        const entry = this.world.cluster.workloads.get(load.key)!;
        changed ||= entry.load.cpu !== cpu || entry.load.memory !== memory;
        entry.load = { cpu, memory };
      }
    }
    return changed;
  }
}
