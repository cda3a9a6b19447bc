import assert from "node:assert/strict";
import { defaultPolicy, parsePolicy } from "../policy.ts";
import { isOfTheCluster, optedIn } from "./optedIn.ts";
import { lossTaints } from "./poolSchema.ts";
import { presetNames, presetOf, withPreset } from "./presets.ts";

const node = (labels: Record<string, string>) => ({ labels });

describe("the policy's presets", () => {
  it("say which nodes are spot, where the policy does not", () => {
    const { pools } = parsePolicy("preset: eks");
    assert.deepEqual(pools.spot.nodeLabels, { "eks.amazonaws.com/capacityType": "SPOT" });
    assert.deepEqual(pools.regular.nodeLabels, {
      "eks.amazonaws.com/capacityType": ["ON_DEMAND", "CAPACITY_BLOCK"],
    });
    assert.deepEqual([pools.spot.taint, pools.nameLabel], [null, "eks.amazonaws.com/nodegroup"]);
    assert.equal(pools.spot.stableMinutes, defaultPolicy.pools.spot.stableMinutes);
    assert.deepEqual(parsePolicy("preset: aks").pools, defaultPolicy.pools);
  });

  it("count stopped machines as lost in every cloud, beside what each cloud says itself", () => {
    const taints = presetNames.map((name) => parsePolicy(`preset: ${name}`).pools.spot.lossTaints);
    for (const found of taints) assert.deepEqual(found.slice(1), lossTaints);
    assert.deepEqual(
      taints.map(([first]) => first),
      [
        "aks-node-termination-handler/preempt",
        "aws-node-termination-handler/spot-itn",
        "cloud.google.com/impending-node-termination",
        "aks-node-termination-handler/preempt",
      ],
    );
  });

  it("give way to what the policy says: labels as a whole", () => {
    const { pools } = parsePolicy(
      "{ preset: karpenter, pools: { spot: { nodeLabels: { a: b }, stableMinutes: 1 }, nameLabel: mine } }",
    );
    assert.deepEqual([pools.spot.nodeLabels, pools.spot.stableMinutes], [{ a: "b" }, 1]);
    assert.deepEqual([pools.nameLabel, pools.splitLabel], ["mine", "karpenter.sh/capacity-type"]);
    assert.deepEqual(pools.regular.nodeLabels, { "karpenter.sh/capacity-type": ["on-demand", "reserved"] });
  });

  it("leave problems where they were written", () => {
    assert.throws(() => parsePolicy("preset: eks\npools:\n  spott: {}"), /line 3: pools\.spott: unknown key, did you mean spot\?/);
    assert.throws(() => parsePolicy("preset: ecs"), /line 1: preset: /);
    assert.throws(() => parsePolicy("preset: eks\npools: 5"), /line 2: pools: /);
  }); // prettier-ignore

  it("are found by what most nodes are; Karpenter's have signs of their cloud as well", () => {
    const eks = node({ "eks.amazonaws.com/nodegroup": "a" });
    const karpenter = node({ "karpenter.sh/capacity-type": "spot", "eks.amazonaws.com/nodegroup": "a" });
    const aks = node({ "kubernetes.azure.com/agentpool": "a" });
    assert.equal(presetOf([eks, eks, karpenter]), "eks");
    assert.equal(presetOf([karpenter]), "karpenter");
    assert.equal(presetOf([aks, node({})]), "aks");
    assert.equal(presetOf([node({ "cloud.google.com/gke-nodepool": "a" })]), "gke");
    assert.equal(presetOf([node({ "kubernetes.io/hostname": "kind" })]), undefined);
    assert.equal(presetOf([eks, karpenter]), "eks", "most nodes are");
    assert.equal(presetOf([]), undefined);
    const gke = node({ "cloud.google.com/gke-nodepool": "" });
    assert.equal(presetOf([aks, gke, gke]), "gke", "whatever the label says");
  });

  it("are AKS's where none is named, and leave alone what is no policy", () => {
    const written = { pools: { nameLabel: "a" } };
    assert.equal(withPreset(written), written);
    for (const odd of [null, 7, "eks", [{ preset: "eks" }], { preset: 7 }])
      assert.equal(withPreset(odd), odd);
  });

  it("give way to a taint as a whole, and to none", () => {
    const taint = (text: string) => parsePolicy(`{ preset: gke, pools: { spot: { taint: ${text} } } }`).pools.spot.taint; // prettier-ignore
    assert.deepEqual(taint("{ key: a, effect: NoExecute }"), { key: "a", value: "", effect: "NoExecute" });
    assert.equal(taint("null"), null);
    const { lossTaints } = parsePolicy("{ preset: gke, pools: { spot: { lossTaints: [mine] } } }").pools.spot;
    assert.deepEqual(lossTaints, ["mine"], "lists are one value");
  });
});

describe("the policy of who has none", () => {
  const named = (...names: string[]) => names.map((name) => ({ name }));

  it("lists every namespace but those of the cluster itself", () => {
    const seen = {
      nodes: [],
      namespaces: named("shop", "kube-system", "gatekeeper-system", "demo", "systems"),
    };
    const { policy, namespaces, leftOut } = optedIn(seen);
    assert.deepEqual(namespaces, ["demo", "shop", "systems"]);
    assert.deepEqual(leftOut, ["gatekeeper-system", "kube-system"]);
    assert.deepEqual(Object.keys(policy.namespaces), namespaces);
    assert.deepEqual(policy.pools.regular.nodeLabels, {}, "nodes of nobody known: all are regular");
  });

  it("lists those that were named, whatever they are", () => {
    const { policy } = optedIn({ nodes: [], namespaces: named("shop", "kube-system") }, ["kube-system"]);
    assert.deepEqual(Object.keys(policy.namespaces), ["kube-system"]);
    assert.deepEqual(optedIn({ nodes: [], namespaces: named("shop") }, ["shop"]).leftOut, []);
  });

  it("has the preset of its nodes", () => {
    const eks = node({ "eks.amazonaws.com/nodegroup": "a" });
    const { preset, policy } = optedIn({ nodes: [eks], namespaces: [] });
    assert.deepEqual([preset, policy.pools.nameLabel], ["eks", "eks.amazonaws.com/nodegroup"]);
    assert.equal(optedIn({ nodes: [], namespaces: [] }).preset, undefined);
  });

  const ofTheCluster: [name: string, isOfTheCluster: boolean][] = [
    ["kube-system", true],
    ["kube-anything", true],
    ["kubernetes", false],
    ["my-kube-shop", false],
    ["gmp-public", true],
    ["openshift-monitoring", true],
    ["openshift", false],
    ["cert-manager-system", true],
    ["system-tests", false],
    ["ecosystem", false],
    ["karpenter", true],
    ["karpenter-demo", false],
    ["placeholder", true],
    ["placeholders", false],
  ];
  for (const [name, expected] of ofTheCluster)
    it(`takes ${name} for ${expected ? "the cluster's own" : "somebody's"}`, () =>
      assert.equal(isOfTheCluster(name), expected));
});
