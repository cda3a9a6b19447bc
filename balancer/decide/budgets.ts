// Budgets that all moves of a round share: disruption budgets, moves per round and hour, a namespace's share on spot.
import type { DisruptionBudget, Pod } from "../model.ts";
import type { Policy } from "../policy.ts";
import { type Objection, apart } from "./objection.ts";
import { isMovable } from "./checks/permission.ts";
import { movesInLastHour } from "./memory.ts";
import { unavailableAtOnce } from "./replacement.ts";
import { wantedReplicas } from "./split.ts";
import type { Candidate, World } from "./world.ts";

/** How many more pods a rollout may take down than are down already. */
export function rolloutDisruption({ workload }: Candidate): number {
  const { replicas, status } = workload;
  const unavailable = unavailableAtOnce(workload);
  const downAlready = Math.max(0, replicas - status.available);
  return Math.max(0, Math.min(unavailable, replicas) - downAlready);
}

/** Every disruption budget, with what is planned taken off. */
export class DisruptionBudgets {
  private readonly taken = new Map<DisruptionBudget, number>();

  objection({ disruptionBudgets }: Candidate, disruptions: number): Objection | undefined {
    if (disruptions === 0) return undefined;
    for (const budget of disruptionBudgets) {
      const left = budget.disruptionsAllowed - (this.taken.get(budget) ?? 0);
      if (disruptions <= left) continue;
      return {
        reason: "DisruptionBudget",
        message: `it may take down ${disruptions} pods at once, disruption budget ${budget.name} allows ${Math.max(0, left)}`,
        evidence: { disruptionBudget: budget.name, disruptions, allowed: Math.max(0, left) },
      };
    }
    return undefined;
  }

  /** As `objection`, and for evictions: the API refuses every one of a pod that several budgets select. */
  evictionObjection(candidate: Candidate, pods: Pod[]): Objection | undefined {
    const { disruptionBudgets } = candidate;
    const evictions = pods.filter((pod) => !this.isFree(candidate, pod)).length;
    if (evictions === 0 || disruptionBudgets.length <= 1) return this.objection(candidate, evictions);
    const names = disruptionBudgets.map(({ name }) => name).join(", ");
    return {
      reason: "DisruptionBudget",
      message: `disruption budgets ${names} select its pods, and a pod of several cannot be evicted`,
      evidence: { disruptionBudgets: names },
    };
  }

  /** Those of the pods that may be evicted now, in their order, and how many of them the budgets count. */
  allowed(candidate: Candidate, pods: Pod[]): { pods: Pod[]; counted: number } {
    const left = this.left(candidate);
    let counted = 0;
    const allowed = pods.filter((pod) => this.isFree(candidate, pod) || ++counted <= left);
    return { pods: allowed, counted: Math.min(counted, left) };
  }

  /**
   * A pod that is not ready may go by the Eviction API's own rule (kubernetes `pkg/registry/core/pod/storage/eviction.go`):
   * one that has not started whatever budgets there are, any other while enough healthy ones are left without it.
   */
  private isFree({ disruptionBudgets }: Candidate, { ready, pending }: Pod): boolean {
    if (ready) return false;
    if (pending) return true;
    const [budget, ...others] = disruptionBudgets;
    if (!budget || others.length > 0) return false;
    const { currentHealthy, desiredHealthy, evictsUnhealthy = false } = budget;
    return evictsUnhealthy || (desiredHealthy > 0 && currentHealthy >= desiredHealthy);
  }

  /** How many ready pods of the workload may be evicted now. */
  left({ disruptionBudgets }: Candidate): number {
    if (disruptionBudgets.length > 1) return 0;
    return Math.min(
      Infinity,
      ...disruptionBudgets.map((budget) =>
        Math.max(0, budget.disruptionsAllowed - (this.taken.get(budget) ?? 0)),
      ),
    );
  }

  /** A negative number gives back. */
  take({ disruptionBudgets }: Candidate, disruptions: number): void {
    for (const budget of disruptionBudgets)
      this.taken.set(budget, (this.taken.get(budget) ?? 0) + disruptions);
  }
}

/** Voluntary moves per round and hour. Moves off lost nodes are not stopped by them, but count in the hour. */
export class MoveBudget {
  private round = 0;
  private hour: number;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.hour = movesInLastHour(world);
  }

  objection(): Objection | undefined {
    const { maxMovesPerRound, maxMovesPerHour } = this.world.policy.budgets;
    if (this.round >= maxMovesPerRound) {
      const message = `${this.round} moves are planned in this round already`;
      return { reason: "MoveBudgetRound", message, evidence: { maxMovesPerRound } };
    }
    if (this.hour >= maxMovesPerHour) {
      const message = `${this.hour} moves in the last hour, at most ${maxMovesPerHour} are allowed`;
      return { reason: "MoveBudgetHour", message, evidence: { maxMovesPerHour } };
    }
    return undefined;
  }

  take(voluntary: boolean, moves = 1): void {
    if (voluntary) this.round += moves;
    this.hour += moves;
  }
}

/** Replicas of each namespace on spot, with what is planned. */
export class SpotShares {
  private readonly byNamespace = new Map<string, { spot: number; all: number }>();

  private readonly policy: Policy;

  constructor({ candidates, policy }: World) {
    this.policy = policy;
    for (const { workload } of candidates) {
      const { namespace, replicas, kind } = workload;
      if (!isMovable(kind)) continue;
      const share = this.byNamespace.get(namespace) ?? { spot: 0, all: 0 };
      share.all += replicas;
      share.spot += wantedReplicas(workload, policy).spot;
      this.byNamespace.set(namespace, share);
    }
  }

  /** @param onSpot how many of its replicas would be there */
  objection({ workload, rule: { maxSpotShare } }: Candidate, onSpot: number): Objection | undefined {
    const { namespace, replicas, placement } = workload;
    // Counted already: its pods are only to follow.
    if (placement === "spot") return undefined;
    const { spot, all } = this.byNamespace.get(namespace)!;
    const after = (spot + onSpot) / all;
    if (after <= maxSpotShare) return undefined;
    const [share, most] = apart(after, maxSpotShare);
    return {
      reason: "ShareReached",
      message: `${share} of the namespace's replicas would be on spot, at most ${most} may`,
      evidence: { maxSpotShare, spotReplicas: spot, replicas, namespaceReplicas: all },
    };
  }

  /** Why one of its workloads should come back; undefined: the namespace has no more on spot than it may. */
  excess({ workload: { namespace }, rule: { maxSpotShare } }: Candidate): Objection | undefined {
    const { spot, all } = this.byNamespace.get(namespace)!;
    const now = spot / all;
    if (spot === 0 || now <= maxSpotShare) return undefined;
    const [share, most] = apart(now, maxSpotShare);
    return {
      reason: "ShareReached",
      message: `${share} of the namespace's replicas are on spot, at most ${most} may`,
      evidence: { maxSpotShare, spotReplicas: spot, namespaceReplicas: all },
    };
  }

  move({ workload }: Candidate, onSpot: number, times: 1 | -1): void {
    const before = wantedReplicas(workload, this.policy).spot;
    this.byNamespace.get(workload.namespace)!.spot += (onSpot - before) * times;
  }
}
