import assert from "node:assert/strict";
import fc from "fast-check";
import type { PoolHealth } from "../model.ts";
import { buildNode, buildPolicy, noon } from "../testing/builders.ts";
import { healthOf, troubledPools } from "./autoscaledPools.ts";
import { viewNode } from "./nodeView.ts";

const group = (pool: string, minSize: number, changes: Partial<PoolHealth> = {}): PoolHealth => ({
  ...{ pool, health: "Healthy", backoff: false, minSize, maxSize: minSize + 3 },
  ...changes,
});
/** Nodes by name, each with its pool. */
const views = (nodes: Record<string, string>, priority: "regular" | "spot" = "regular") =>
  Object.entries(nodes).map(([name, pool], i) =>
    viewNode(
      buildNode(priority, name, { labels: { "kubernetes.azure.com/agentpool": pool } }),
      i,
      buildPolicy(),
      noon,
    ),
  );

describe("what the autoscaler says of a pool", () => {
  const cases: [
    what: string,
    pool: string,
    nodes: Record<string, string>,
    groups: string[],
    expected: string[],
  ][] = [
    [
      "AKS' own names",
      "spot",
      { n1: "spot" },
      ["aks-spot-1234-vmss", "aks-spotty-1234-vmss"],
      ["aks-spot-1234-vmss"],
    ],
    ["the pool's own name", "web", { n1: "web" }, ["web", "web-2"], ["web", "web-2"]],
    [
      "the beginning of another one's, which has no node",
      "web",
      { n1: "web" },
      ["eks-web-large-1", "eks-web-2"],
      ["eks-web-2"],
    ],
    [
      "the beginning of another one's, in any order",
      "web",
      { n1: "web" },
      ["eks-web-2", "eks-web-large-1"],
      ["eks-web-2"],
    ],
    [
      "the end of another one's",
      "large",
      { n1: "large", n2: "web-large" },
      ["eks-web-large-1", "eks-large-2"],
      ["eks-large-2"],
    ],
    [
      "nodes, of which one's group begins as another one is called",
      "beta",
      { "pool-one-1": "alpha", "pool-one-more-1": "beta" },
      ["pool-one", "pool-one-more"],
      ["pool-one-more"],
    ],
    [
      "one group in each zone",
      "spot",
      { n1: "spot" },
      ["np-spot-zone-a", "np-regular-zone-a", "np-spot-zone-b"],
      ["np-spot-zone-a", "np-spot-zone-b"],
    ],
    [
      "cloud regions",
      "web",
      { n1: "web" },
      ["gke-c-web-us-east1-b-3f2a-grp", "gke-c-web-blue-us-east1-b-3f2a-grp"],
      ["gke-c-web-us-east1-b-3f2a-grp"],
    ],
    [
      "names of nodes",
      "blue",
      { "opaque-group-000001": "blue" },
      ["opaque-group-", "eks-blue-1"],
      ["opaque-group-", "eks-blue-1"],
    ],
    [
      "the last of its words, as the cluster may be called like another pool",
      "web",
      { n1: "web", n2: "prod" },
      ["gke-prod-prod-1a2b-grp", "gke-prod-web-3c4d-grp"],
      ["gke-prod-web-3c4d-grp"],
    ],
    [
      "the last of its words, where the cluster is called as it is itself",
      "prod",
      { n1: "web", n2: "prod" },
      ["gke-prod-prod-1a2b-grp", "gke-prod-web-3c4d-grp"],
      ["gke-prod-prod-1a2b-grp"],
    ],
    [
      "names of nodes, where the group is a URL",
      "x",
      { "gke-c-7-1a2b3c4d-x7kq": "x", "gke-c-8-5e6f7a8b-k2p9": "y" },
      ["https://compute/projects/x/instanceGroups/gke-c-8-5e6f7a8b-grp", "https://compute/projects/x/instanceGroups/gke-c-7-1a2b3c4d-grp"], // prettier-ignore
      ["https://compute/projects/x/instanceGroups/gke-c-7-1a2b3c4d-grp"],
    ],
    ["the short names of Windows pools", "win", { akswin000001: "win" }, ["akswin", "akswi"], ["akswin"]],
    ["a name of which only this is known", "web", { n1: "web" }, ["my-web-machines"], ["my-web-machines"]],
    ["nothing", "web", { n1: "web" }, ["aks-webby-1-vmss"], []],
  ];
  for (const [what, pool, nodes, groups, expected] of cases) {
    it(`goes by ${what}`, () => {
      // Each group has a power of two as its minimum: the sum tells which were taken.
      const health = groups.map((name, i) => group(name, 2 ** i));
      const sum = expected.reduce((total, name) => total + 2 ** groups.indexOf(name), 0);
      const found = healthOf(pool, views(nodes), health);
      assert.equal(found?.minSize, expected.length > 0 ? sum : undefined);
    });
  }

  it("is trouble only when each of its groups is in trouble; those that are get no node more", () => {
    const nodes = views({ n1: "spot" }, "spot");
    const stuck = group("np-spot-zone-a", 0, { backoff: true, nodes: 2 });
    const fine = group("np-spot-zone-b", 1);
    assert.deepEqual(troubledPools("spot", nodes, [stuck, fine]), []);
    assert.deepEqual(healthOf("spot", nodes, [stuck, fine])!.maxSize, 2 + 4);
    assert.deepEqual(troubledPools("spot", nodes, [stuck, { ...fine, health: "Unhealthy" }]), ["spot"]);
  });

  it("is unknown in size where one of its groups does not say", () => {
    const groups = [group("np-spot-zone-a", 1), group("np-spot-zone-b", 1, { minSize: undefined })];
    assert.equal(healthOf("spot", views({ n1: "spot" }), groups)!.minSize, undefined);
  });

  it("does not depend on the order of its groups, which differs between starts", () => {
    const names = ["np-web-zone-a", "np-web-zone-b", "eks-web-large-1", "web-batch-7", "aks-web-12-vmss"];
    const groups = names.map((name, i) => group(name, i, { backoff: i % 2 === 0 }));
    const nodes = views({ n1: "web", n2: "web-batch" });
    const expected = healthOf("web", nodes, groups);
    fc.assert(
      fc.property(fc.shuffledSubarray(groups, { minLength: groups.length }), (shuffled) => {
        assert.deepEqual({ ...healthOf("web", nodes, shuffled), pool: "" }, { ...expected, pool: "" });
      }),
    );
  });
});
