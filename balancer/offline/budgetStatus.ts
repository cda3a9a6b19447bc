// What the disruption controller would say of a budget when all of its pods are healthy (`pkg/controller/disruption`).
import { labelSelector, matches } from "../observe/selectors.ts";
import type { FoundObject } from "./files.ts";
import type { PlayedPod } from "./pods.ts";

interface BudgetSpec {
  minAvailable?: number | string;
  maxUnavailable?: number | string;
  selector?: Parameters<typeof labelSelector>[0];
}

export function budgetStatus(budget: FoundObject, pods: readonly PlayedPod[]): object {
  const { minAvailable, maxUnavailable, selector } = (budget["spec"] ?? {}) as BudgetSpec;
  const wanted = labelSelector(selector);
  const { namespace } = budget.metadata;
  const healthy = wanted
    ? pods.filter(({ metadata }) => metadata.namespace === namespace && matches(wanted, metadata.labels))
        .length
    : 0;
  const desired =
    maxUnavailable === undefined
      ? inPods(minAvailable ?? 1, healthy)
      : Math.max(0, healthy - inPods(maxUnavailable, healthy));
  const status = { currentHealthy: healthy, desiredHealthy: desired, expectedPods: healthy };
  return { ...budget, status: { ...status, disruptionsAllowed: Math.max(0, healthy - desired) } };
}

/** Both are rounded up. */
function inPods(value: number | string, pods: number): number {
  const count = typeof value === "number" ? value : Math.ceil((Number.parseFloat(value) / 100) * pods);
  return Number.isFinite(count) ? count : 0;
}
