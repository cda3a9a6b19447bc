import assert from "node:assert/strict";
import type { Tier } from "../policy.ts";
import { buildPolicy, buildWorkload } from "../testing/builders.ts";
import { type Ranked, byImportance, compareImportance, tierOf, unknownTier } from "./tiers.ts";

const policy = buildPolicy(
  "{ namespaces: { demo: {}, first: { order: 1 } }, priorities: { default: standard, classes: { batch: low, vital: critical } } }",
);
const label = policy.priorities.label;

describe("the tier of a workload", () => {
  const cases: [own: string | undefined, pods: string | undefined, priorityClass: string | undefined, tier: Tier | "ignore", unknown?: string][] = [
    [undefined, undefined, undefined, "standard"],
    [undefined, undefined, "batch", "low"],
    [undefined, undefined, "other", "standard"],
    [undefined, undefined, "constructor", "standard"],
    ["critical", "low", "batch", "critical"],
    [undefined, "critical", "batch", "critical"],
    ["Low", undefined, "vital", "low"],
    ["IGNORE", undefined, "batch", "ignore"],
    ["crtical", undefined, "batch", "low", "crtical"],
    ["", "low", undefined, "standard", ""],
  ]; // prettier-ignore
  for (const [own, pods, priorityClass, tier, unknown] of cases)
    it(`is ${tier} by ${own ?? "no label"}, ${pods ?? "none"} of its pods and ${priorityClass ?? "no class"}`, () => {
      const labels = (value: string | undefined) => (value === undefined ? {} : { [label]: value });
      const workload = buildWorkload("web", {
        labels: labels(own),
        template: { labels: labels(pods), ...(priorityClass !== undefined && { priorityClass }) },
      });
      assert.deepEqual([tierOf(workload, policy), unknownTier(workload, policy)], [tier, unknown]);
    });
});

it("Importance is that of the tier, then of the namespace, then of the pods; names make it total", () => {
  const ranked = (key: string, tier: Ranked["tier"], namespace = "demo", priority = 0): Ranked => {
    const workload = buildWorkload(key, { template: { priority } });
    return { key, tier, rule: policy.namespaces[namespace]!, workload };
  };
  const ordered = [
    ranked("z", "low", "first", 9),
    ranked("b", "standard", "demo", -1),
    ranked("a", "standard", "demo", 0),
    ranked("y", "standard", "demo", 0),
    ranked("a", "standard", "first", -5),
    ranked("a", "critical"),
    ranked("a", "ignore"),
  ];
  assert.deepEqual(ordered.toReversed().sort(byImportance), ordered);
  assert.equal(compareImportance(ordered[2]!, ordered[3]!), 0);
  assert.ok(compareImportance(ordered[1]!, ordered[2]!) < 0);
});
