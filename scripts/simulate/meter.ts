// What a simulated run has cost, moved, and kept waiting.
import { priorityOf } from "../../balancer/decide/nodeView.ts";
import { tierOf } from "../../balancer/decide/tiers.ts";
import type { MoveKind, Plan, Workload } from "../../balancer/model.ts";
import type { Policy } from "../../balancer/policy.ts";
import { workloadKey } from "../../balancer/model.ts";
import { type Amounts, asOne, cheapestPerHour } from "./bound.ts";
import { type Scenario, spotPoolsOf } from "./scenario.ts";
import type { World } from "./setUp.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Costs in `policy.costs.currency`. */
export interface Run {
  cost: number;
  nodeHours: { regular: number; spot: number };
  /** No plan could have run what ran here for less; see bound.ts. */
  lowerBound: number;
  rounds: number;
  moves: Record<MoveKind, number>;
  movesByReason: Record<string, number>;
  /** A workload was moved back within two cool-downs, both times of our own wish. */
  pingPongs: number;
  podMinutes: {
    running: number;
    onSpot: number;
    /** Without a node. */
    pending: number;
    /** Replicas that there should have been. */
    wanted: number;
    /** Replicas that were wanted and not ready. */
    unavailable: number;
  };
  /** Pods taken away by a rollout while a disruption budget forbade it. */
  budgetViolations: number;
  /** Spot nodes that the cloud took away. */
  nodesLost: number;
  convergence: {
    /** Changes of a trace. */
    changes: number;
    /** From a change until the last move before the next one, minutes; 0 without a move. */
    medianMinutes: number;
    worstMinutes: number;
  };
  workloads: WorkloadRun[];
}

export interface WorkloadRun {
  name: string;
  tier: string;
  /** Part of its running time that was on spot, 0…1. */
  spotShare: number;
  moves: number;
  wantedMinutes: number;
  unavailableMinutes: number;
}

interface Tally {
  name: string;
  tier: string;
  mayGoToSpot: boolean;
  running: number;
  onSpot: number;
  pending: number;
  wanted: number;
  unavailable: number;
  moves: number;
  lastWish?: { kind: MoveKind; at: number };
}

export class Meter {
  private readonly scenario: Scenario;
  private readonly tallies = new Map<string, Tally>();
  private readonly nodeMs: { regular: number; spot: number[] };
  private lowerBound = 0;
  private rounds = 0;
  private readonly moves = { ToSpot: 0, ToRegular: 0, Rebalance: 0 };
  private readonly reasons = new Map<string, number>();
  private pingPongs = 0;
  private violations = 0;
  /** Minutes to calm, by change. */
  private readonly unrest: number[] = [];
  private changedAt?: number;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.nodeMs = { regular: 0, spot: spotPoolsOf(scenario).map(() => 0) };
  }

  violation(): void {
    this.violations++;
  }

  /** A trace has changed something. */
  change(now: number): void {
    this.changedAt = now;
    this.unrest.push(0);
  }

  /** A decision was carried out. */
  round({ moves }: Plan, now: number): void {
    this.rounds++;
    if (moves.length > 0 && this.changedAt !== undefined) {
      this.unrest[this.unrest.length - 1] = (now - this.changedAt) / minute;
    }
    const twoRests = 2 * this.scenario.policy.cooldown.minutes * minute;
    for (const { kind, reason, voluntary, workload } of moves) {
      this.moves[kind]++;
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
      const tally = this.tallies.get(workloadKey(workload));
      if (!tally) continue;
      tally.moves++;
      if (kind === "Rebalance") continue;
      const { lastWish } = tally;
      if (voluntary && lastWish && lastWish.kind !== kind && now - lastWish.at < twoRests) this.pingPongs++;
      tally.lastWish = voluntary ? { kind, at: now } : undefined;
    }
  }

  /** The cluster stays as it is for some milliseconds. */
  tick({ cluster, pools, keys }: World, elapsed: number): void {
    const pinned = { cpu: 0, memory: 0, pods: 0 };
    const movable = { cpu: 0, memory: 0, pods: 0 };
    for (const [name, key] of keys) {
      const { workload } = cluster.workloads.get(key)!;
      const tally = this.tallyOf(name, key, workload);
      let running = 0;
      let ready = 0;
      for (const { pod } of cluster.podsOf(key)) {
        const node = cluster.nodes.get(pod.nodeName ?? "");
        if (!node) tally.pending += elapsed;
        else {
          running++;
          tally.running += elapsed;
          if (priorityOf(node, cluster.policy) === "spot") tally.onSpot += elapsed;
        }
        if (pod.ready) ready++;
      }
      tally.wanted += workload.replicas * elapsed;
      tally.unavailable += Math.max(0, workload.replicas - ready) * elapsed;
      const served = Math.min(running, workload.replicas);
      add(tally.mayGoToSpot ? movable : pinned, workload, served);
    }
    this.nodeMs.regular += pools.regular.size * elapsed;
    for (const [i, { size }] of pools.spot.entries()) this.nodeMs.spot[i]! += size * elapsed;
    const { regular } = this.scenario.pools;
    const { spec, available } = asOne(pools.spot);
    const cheapest = cheapestPerHour({ pinned, movable }, { regular, spot: spec }, available);
    this.lowerBound += (cheapest * elapsed) / hour;
  }

  /** Up to now. */
  get bill(): { cost: number; lowerBound: number } {
    const { regular } = this.scenario.pools;
    const cost = spotPoolsOf(this.scenario).reduce(
      (sum, { spec }, i) => sum + (this.nodeMs.spot[i]! / hour) * spec.pricePerHour,
      (this.nodeMs.regular / hour) * regular.pricePerHour,
    );
    return { cost, lowerBound: this.lowerBound };
  }

  result({ pools }: World): Run {
    const spotMs = this.nodeMs.spot.reduce((sum, ms) => sum + ms, 0);
    const nodeHours = { regular: this.nodeMs.regular / hour, spot: spotMs / hour };
    const tallies = [...this.tallies.values()];
    const minutes = (pick: (tally: Tally) => number) =>
      tallies.reduce((sum, tally) => sum + pick(tally), 0) / minute;
    const sorted = this.unrest.toSorted((a, b) => a - b);
    return {
      ...this.bill,
      nodeHours,
      rounds: this.rounds,
      moves: this.moves,
      movesByReason: Object.fromEntries([...this.reasons].sort((a, b) => b[1] - a[1])),
      pingPongs: this.pingPongs,
      podMinutes: {
        running: minutes(({ running }) => running),
        onSpot: minutes(({ onSpot }) => onSpot),
        pending: minutes(({ pending }) => pending),
        wanted: minutes(({ wanted }) => wanted),
        unavailable: minutes(({ unavailable }) => unavailable),
      },
      budgetViolations: this.violations,
      nodesLost: pools.spot.reduce((sum, { lost }) => sum + lost, 0),
      convergence: {
        changes: sorted.length,
        medianMinutes: sorted[Math.floor(sorted.length / 2)] ?? 0,
        worstMinutes: sorted.at(-1) ?? 0,
      },
      workloads: tallies.map(({ name, tier, running, onSpot, moves, wanted, unavailable }) => ({
        name,
        tier,
        spotShare: running === 0 ? 0 : onSpot / running,
        moves,
        wantedMinutes: wanted / minute,
        unavailableMinutes: unavailable / minute,
      })),
    };
  }

  private tallyOf(name: string, key: string, workload: Workload): Tally {
    let tally = this.tallies.get(key);
    if (!tally) {
      const { policy } = this.scenario;
      const tier = tierOf(workload, policy);
      const mayGoToSpot = mayEverBeOnSpot(workload, policy);
      const none = { running: 0, onSpot: 0, pending: 0, wanted: 0, unavailable: 0, moves: 0 };
      tally = { name, tier, mayGoToSpot, ...none };
      this.tallies.set(key, tally);
    }
    return tally;
  }
}

/** Under this policy, at any time. Without a hard taint the scheduler may put anything on spot. */
export function mayEverBeOnSpot(workload: Workload, policy: Policy): boolean {
  const { taint } = policy.pools.spot;
  if (!taint || taint.effect === "PreferNoSchedule") return true;
  const tier = tierOf(workload, policy);
  return policy.namespaces[workload.namespace]?.allowed === true && tier !== "critical" && tier !== "ignore";
}

function add(amounts: Amounts, { template: { requests } }: Workload, pods: number): void {
  amounts.cpu += pods * requests.cpu;
  amounts.memory += pods * requests.memory;
  amounts.pods += pods;
}
