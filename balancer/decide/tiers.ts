// How important a workload is: the tier that policy gives it, and the order among workloads.
import type { Workload } from "../model.ts";
import { own } from "../own.ts";
import type { NamespaceRule, Policy, Tier } from "../policy.ts";
import { tiers } from "../policy/poolSchema.ts";

/** The label's tier, else its PriorityClass's, else the default; `ignore` when the label asks to be left alone. */
export function tierOf(workload: Workload, policy: Policy): Tier | "ignore" {
  const { classes } = policy.priorities;
  const wanted = tierLabelOf(workload, policy)?.toLowerCase();
  if (wanted === "ignore") return "ignore";
  const byLabel = tiers.find((tier) => tier === wanted);
  if (byLabel) return byLabel;
  const { priorityClass } = workload.template;
  return (priorityClass !== undefined ? own(classes, priorityClass) : undefined) ?? policy.priorities.default;
}

export function tierLabelOf({ labels, template }: Workload, { priorities: { label } }: Policy) {
  return labels[label] ?? template.labels[label];
}

/** A label that names no tier, most likely by a typing error. */
export function unknownTier(workload: Workload, policy: Policy): string | undefined {
  const value = tierLabelOf(workload, policy);
  return value === undefined || ["ignore", ...tiers].includes(value.toLowerCase()) ? undefined : value;
}

export interface Ranked {
  key: string;
  tier: Tier | "ignore";
  rule: NamespaceRule;
  workload: Workload;
}

/**
 * Least important first: by tier, then the namespace's order, then the pods' priority; the key only makes it total.
 * A label that policy does not know (a typing error) leaves the class's tier, so it never lowers protection by itself.
 */
export function byImportance(a: Ranked, b: Ranked): number {
  return compareImportance(a, b) || (a.key < b.key ? -1 : 1);
}

/** 0 for workloads that policy holds equally important. */
export function compareImportance(a: Ranked, b: Ranked): number {
  return (
    rank(a.tier) - rank(b.tier) ||
    a.rule.order - b.rule.order ||
    a.workload.template.priority - b.workload.template.priority
  );
}

const rank = (tier: Tier | "ignore") => ["low", "standard", "critical", "ignore"].indexOf(tier);
