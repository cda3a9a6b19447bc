import assert from "node:assert/strict";
import { defaultPolicy, parsePolicy } from "../policy.ts";
import { optedIn } from "./optedIn.ts";
import { presetNames, presetOf } from "./presets.ts";

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
    const ofAll = defaultPolicy.pools.spot.lossTaints;
    const taints = presetNames.map((name) => parsePolicy(`preset: ${name}`).pools.spot.lossTaints);
    for (const lossTaints of taints) assert.deepEqual(lossTaints.slice(-ofAll.length), ofAll);
    assert.deepEqual(
      taints.map(([first]) => first),
      [
        ofAll[0],
        "aws-node-termination-handler/spot-itn",
        "cloud.google.com/impending-node-termination",
        ofAll[0],
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
  });
});
