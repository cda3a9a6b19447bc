// What the disruption controller would say of a budget when all of its pods are healthy (`pkg/controller/disruption`).
import { orElse } from "../observe/guard.ts";
import { labelSelector, matchesNothing } from "../observe/selectors.ts";
import { inPods } from "../observe/strategy.ts";
import { matches } from "../selectors.ts";
import type { FoundObject } from "./files.ts";
import type { PlayedPod } from "./pods.ts";

interface BudgetSpec {
  minAvailable?: number | string;
  maxUnavailable?: number | string;
  selector?: Parameters<typeof labelSelector>[0];
}

export function budgetStatus(budget: FoundObject, pods: readonly PlayedPod[]): object {
  const { minAvailable, maxUnavailable } = specOf(budget);
  const { length: healthy } = pods.filter(({ metadata }) => selects(budget, metadata));
  const desired =
    maxUnavailable === undefined
      ? roundedUp(minAvailable ?? 1, healthy)
      : Math.max(0, healthy - roundedUp(maxUnavailable, healthy));
  const status = { currentHealthy: healthy, desiredHealthy: desired, expectedPods: healthy };
  return { ...budget, status: { ...status, disruptionsAllowed: Math.max(0, healthy - desired) } };
}

const specOf = (budget: FoundObject) => (budget["spec"] ?? {}) as BudgetSpec;

/** Pods of its namespace, by their labels; what cannot be read of it is told by the round's own reader. */
export function selects(
  budget: FoundObject,
  { namespace, labels }: Pick<PlayedPod["metadata"], "namespace" | "labels">,
): boolean {
  return (
    namespace === budget.metadata.namespace &&
    orElse(false, () => matches(labelSelector(specOf(budget).selector) ?? matchesNothing, labels))
  );
}

/** As the controller does with both. */
const roundedUp = (value: number | string, pods: number) => orElse(0, () => inPods(value, pods, Math.ceil));
