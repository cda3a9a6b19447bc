// What several terms of a required pod affinity demand together.
import assert from "node:assert/strict";
import type { PodAffinityTerm, Workload } from "../../model.ts";
import { type WorkloadChanges, buildWorkload } from "../../testing/builders.ts";
import { appIs, decidedFor, onZonedNodes, zone } from "../../testing/refusals/case.ts";

describe("who wants to be near others in several ways", () => {
  const host = "kubernetes.io/hostname";
  const near = (selector = appIs("a"), topologyKey = host, namespaces: string[] = []): PodAffinityTerm => ({ topologyKey, selector, namespaces }); // prettier-ignore
  const tierIs = (tier: string) => [{ key: "tier", operator: "In" as const, values: [tier] }];
  const one = (name: string, labels: Record<string, string>, changes: WorkloadChanges = {}): [Workload, string[]] => [buildWorkload(name, { ...changes, placement: "spot", template: { labels } }), ["s1"]]; // prettier-ignore
  const own = { labels: { app: "a", tier: "x" } };

  const cases: [what: string, terms: PodAffinityTerm[], others: [Workload, string[]][], goes: boolean, template?: object][] = [
    ["finds one pod that all mean", [near(), near(tierIs("x"))], [one("a", { app: "a", tier: "x" })], true],
    ["finds none of two of which each is meant by one", [near(), near(tierIs("x"))], [one("a", { app: "a" }), one("b", { tier: "x" })], false],
    ["finds one in a namespace that all mean", [near(appIs("a"), host, ["shop", "x"]), near(tierIs("x"), host, ["shop"])], [one("a", { app: "a", tier: "x" }, { namespace: "shop" })], true],
    ["finds none in a namespace that one means", [near(appIs("a"), host, ["shop"]), near(tierIs("x"))], [one("a", { app: "a", tier: "x" }, { namespace: "shop" })], false],
    ["finds it on its node and in its zone", [near(), near(appIs("a"), zone)], [one("a", { app: "a" })], true],
    ["is the first where a rack is, of those who all mean each other", [near(appIs("a"), "rack"), near(tierIs("x"), "rack")], [], true, own],
    ["is the first, and meant by one term only", [near(appIs("a"), "rack"), near(tierIs("y"), "rack")], [], false, own],
    ["is no first one on its node", [near(), near(appIs("a"), "rack")], [], false, own],
  ]; // prettier-ignore
  for (const [what, podAffinity, others, goes, template] of cases)
    it(what, () => {
      const nodes = onZonedNodes("z", "z").nodes.map((node) =>
        node.name === "s1" ? { ...node, labels: { ...node.labels, rack: "1" } } : node,
      );
      const web = { template: { ...template, podAffinity } };
      const { move, refusal } = decidedFor({ web, others, parts: () => ({ nodes }) });
      assert.equal(move !== undefined, goes, refusal?.message);
      if (!goes) assert.equal(refusal?.reason, "PodAffinity");
    });
});
