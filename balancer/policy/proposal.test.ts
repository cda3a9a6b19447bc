import assert from "node:assert/strict";
import { parsePolicy } from "../policy.ts";
import { useProgram } from "../testing/program.ts";
import { proposePolicy } from "./proposal.ts";

const url = "https://example.com/policy.schema.json";
const namespaces = [{ name: "shop" }, { name: "kube-system" }, { name: "demo" }, { name: "true" }];
const node = (labels: Record<string, string>, taints: { key: string; value: string; effect: "NoSchedule" }[] = []) => ({ labels, taints }); // prettier-ignore
const propose = (...nodes: ReturnType<typeof node>[]) => {
  const text = proposePolicy({ nodes, namespaces }, url);
  return { text, policy: parsePolicy(text) };
};

describe("a proposed policy", () => {
  it("is valid, opts the first namespace in, and leaves the others to be uncommented", () => {
    const { text, policy } = propose(node({ "kubernetes.azure.com/agentpool": "a" }));
    assert.deepEqual(Object.keys(policy.namespaces), ["demo"]);
    assert.match(text, /^# yaml-language-server: \$schema=https:\/\/example\.com\/policy\.schema\.json\n/);
    assert.match(text, /\n {2}# shop: \{\}\n {2}# "true": \{\}\n# Of the cluster itself: kube-system\n/);
    assert.match(text, /1 nodes, 0 of them spot: make a spot pool/);
    const all = parsePolicy(text.replaceAll(/^ {2}# /gm, "  "));
    assert.deepEqual(Object.keys(all.namespaces), ["demo", "shop", "true"]);
  });

  it("names the preset of the nodes, and a taint that somebody added", () => {
    const taint = { key: "spot", value: "true", effect: "NoSchedule" } as const;
    const labels = { "cloud.google.com/gke-nodepool": "b", "cloud.google.com/gke-spot": "true" };
    const { text, policy } = propose(node({ "cloud.google.com/gke-nodepool": "a" }), node(labels, [taint]));
    assert.match(text, /\npreset: gke\n/);
    assert.match(text, /2 nodes, 1 of them spot\./);
    assert.deepEqual(policy.pools.spot.taint, taint);
    assert.deepEqual(policy.pools.spot.nodeLabels, { "cloud.google.com/gke-spot": "true" });
  });

  it("guesses by words where nobody known has made the nodes", () => {
    const { policy } = propose(
      node({ "example.com/lifecycle": "spot" }),
      node({ "kubernetes.io/os": "linux" }),
    );
    assert.deepEqual(policy.pools.spot.nodeLabels, { "example.com/lifecycle": "spot" });
    assert.deepEqual(policy.pools.regular.nodeLabels, {});
    assert.deepEqual(propose(node({})).policy.pools.spot.nodeLabels, {});
    // openshift/machine-api-operator#521: a label without a value
    const interruptible = { "machine.openshift.io/interruptible-instance": "" };
    assert.deepEqual(propose(node({}), node(interruptible)).policy.pools.spot.nodeLabels, interruptible);
    assert.equal(policy.pools.spot.taint, null);
  });

  const words: [key: string, value: string, looksLikeSpot: boolean][] = [
    ["example.com/spot", "true", true],
    ["example.com/spot", "false", false],
    ["example.com/spot", "0", false],
    ["example.com/SPOT-node", "yes", true],
    ["example.com/spotless", "true", false],
    ["example.com/hotspot", "true", false],
    ["node.preemptible", "", true],
    ["example.com/lifecycle", "Preemptible", true],
    ["example.com/lifecycle", "spotless", false],
    ["example.com/lifecycle", "on-demand", false],
  ];
  for (const [key, value, looksLikeSpot] of words)
    it(`${looksLikeSpot ? "takes" : "does not take"} ${key}=${value} for a word of spot`, () => {
      const { nodeLabels } = propose(node({ other: "x" }), node({ other: "x", [key]: value })).policy.pools
        .spot;
      assert.deepEqual(nodeLabels, looksLikeSpot ? { [key]: value } : {});
    });

  describe("has the taint", () => {
    const effect = "NoSchedule" as const;
    const taint = (key: string, value = "v") => ({ key, value, effect });
    const gke = { "cloud.google.com/gke-nodepool": "b" };
    const spot = (...taints: ReturnType<typeof taint>[]) => node({ ...gke, "cloud.google.com/gke-spot": "true" }, taints); // prettier-ignore
    const cases: [what: string, nodes: ReturnType<typeof node>[], key: string | undefined][] = [
      ["that all spot nodes have, whatever its value", [spot(taint("a"), taint("b")), spot(taint("b", "w"))], "b"],
      ["of none that one of them lacks", [spot(taint("a")), spot()], undefined],
      ["of none whose effect differs", [spot(taint("a")), node({ ...gke, "cloud.google.com/gke-spot": "true" }, [{ ...taint("a"), effect: "NoExecute" as never }])], undefined],
      ["of none that comes and goes by itself", [spot(taint("node.kubernetes.io/unreachable"))], undefined],
      ["of no regular node", [node(gke, [taint("a")]), spot()], undefined],
    ]; // prettier-ignore
    for (const [what, nodes, key] of cases)
      it(what, () => assert.equal(propose(...nodes).policy.pools.spot.taint?.key, key));

    it("only where its preset has another one", () => {
      const aks = { "kubernetes.azure.com/agentpool": "a", "kubernetes.azure.com/scalesetpriority": "spot" };
      const usual = taint("kubernetes.azure.com/scalesetpriority", "spot");
      assert.doesNotMatch(propose(node(aks, [usual])).text, /taint:/);
      assert.match(propose(node(aks, [taint("mine")])).text, /taint:\n +key: mine/);
    });

    it("where nobody known has made the nodes", () => {
      const { policy } = propose(node({ x: "y" }, [taint("r")]), node({ x: "spot" }, [taint("a")]));
      assert.deepEqual([policy.pools.spot.taint, policy.pools.spot.nodeLabels], [taint("a"), { x: "spot" }]);
    });
  });

  it("says all of it to the person who goes on from there", () => {
    const text = proposePolicy({ nodes: [node({ a: "b" })], namespaces: [{ name: "demo" }] }, undefined);
    assert.equal(
      text,
      `# Proposed from what is in the cluster. Try it: npm run balance -- --prometheus URL --policy THIS --dry-run
# Every key and its default: balancer/POLICY.md.
version: 1

# The nodes have no labels of AKS, EKS, GKE or Karpenter.
# 1 nodes, 0 of them spot: make a spot pool, or correct its labels here.
pools:
  regular:
    nodeLabels: {}
  spot:
    nodeLabels: {}
    taint: null

# Nothing moves in a namespace that is not listed. Begin with one that may miss a pod for some seconds.
namespaces:
  demo: {}

# critical never goes to spot, standard when it is idle or regular is full, low whenever it fits.
priorities: { label: spot-balancer/tier, default: standard }

# Half of the replicas at the most, until it is trusted: namespaces.<name>.maxSpotShare
budgets: { maxMovesPerRound: 1, maxMovesPerHour: 10 }
`,
    );
  });

  it("names no namespace where there is none but the cluster's, and no schema where none is public", () => {
    const text = proposePolicy({ nodes: [], namespaces: [{ name: "kube-system" }] }, undefined);
    assert.match(text, /^# Proposed/);
    assert.match(text, /\nnamespaces: \{\}\n# Of the cluster itself: kube-system\n/);
    assert.doesNotMatch(
      proposePolicy({ nodes: [], namespaces: [{ name: "a" }] }, url),
      /Of the cluster itself/,
    );
  });
});

describe("the program with --init", () => {
  const program = useProgram();

  it("proposes what it sees, and overwrites nothing", async () => {
    const flags = ["--init", "--kubeconfig", program.kubeconfig()];
    const shown = await program.run(...flags);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /\npreset: aks\n[^]*\nnamespaces:\n {2}demo: \{\}\n/);
    const again = await program.run(...flags, "--out", program.file("mine.yaml", ""));
    assert.equal(again.code, 2);
    assert.match(again.stderr, /EEXIST.*nothing is overwritten/);
  });
});
