// The books of a round: what room, budgets and shares are left, with all that is planned so far taken off.
import { DisruptionBudgets, MoveBudget, SpotShares } from "./budgets.ts";
import { QuotaBook } from "./checks/quota.ts";
import { Ledger } from "./fit/ledger.ts";
import { Growth } from "./growth.ts";
import { Reservations } from "./reserve.ts";
import { Utilization } from "./utilization.ts";
import type { World } from "./world.ts";

export interface Books {
  /** Room on every node. */
  ledger: Ledger;
  /** How full each side is as a whole. */
  utilization: Utilization;
  /** What is kept of both for pods that are on their way. */
  reservations: Reservations;
  /** Nodes that the autoscaler would still add. */
  growth: Growth;
  disruptions: DisruptionBudgets;
  budget: MoveBudget;
  shares: SpotShares;
  quotas: QuotaBook;
}

/** As they are before anything is planned: with room for what is on its way already. */
export function openBooks(world: World): Books {
  const ledger = new Ledger(world);
  const utilization = new Utilization(world);
  const growth = new Growth(world);
  return {
    ledger,
    utilization,
    reservations: new Reservations(world, ledger, utilization, growth),
    growth,
    disruptions: new DisruptionBudgets(),
    budget: new MoveBudget(world),
    shares: new SpotShares(world),
    quotas: new QuotaBook(world.quotasByNamespace),
  };
}
