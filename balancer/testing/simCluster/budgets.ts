// Disruption budgets of the simulated cluster, counted as the disruption controller counts.
import { matches } from "./selector.ts";
import type { DisruptionBudget, Pod } from "../../model.ts";
import type { SimBudget, SimState } from "./state.ts";

/** Healthy pods above the minimum may be taken. */
export function budgetStatus(
  cluster: SimState,
  { namespace, name, selector, minAvailable }: SimBudget,
): DisruptionBudget {
  let healthy = 0;
  for (const { pod } of cluster.pods.values()) {
    if (pod.ready && pod.namespace === namespace && matches(selector, pod.labels)) healthy++;
  }
  return {
    namespace,
    name,
    selector,
    currentHealthy: healthy,
    desiredHealthy: minAvailable,
    disruptionsAllowed: Math.max(0, healthy - minAvailable),
  };
}

/** Budgets that would be below their minimum without this pod. A pod that is not ready is counted by none. */
export function budgetsThatForbid(cluster: SimState, pod: Pod): SimBudget[] {
  if (!pod.ready) return [];
  return cluster.budgets.filter(
    (budget) =>
      budget.namespace === pod.namespace &&
      matches(budget.selector, pod.labels) &&
      budgetStatus(cluster, budget).disruptionsAllowed === 0,
  );
}
