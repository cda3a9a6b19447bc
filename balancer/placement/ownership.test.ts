import assert from "node:assert/strict";
import type { V1PodSpec } from "@kubernetes/client-node";
import { placedAt, spotPlacement, withoutPlacement } from "../placement.ts";
import { buildPolicy } from "../testing/builders.ts";
import type { Json } from "../kube/json.ts";
import { othersHaveOurAnnotations, ownershipOf, readOwnership } from "./ownership.ts";

const inTemplate = (fields: object) => ({ "f:spec": { "f:template": { "f:spec": fields } } });
const tolerations = inTemplate({ "f:tolerations": {} });
const nodeAffinity = inTemplate({ "f:affinity": { "f:nodeAffinity": { "f:preferredDuring…": {} } } });

function buildEntry(manager: string, operation: string, fieldsV1: object, subresource?: string) {
  return { manager, operation, fieldsV1, subresource };
}

describe("who owns the placement", () => {
  it("is nobody in a workload that was never placed", () => {
    const other = inTemplate({ "f:containers": {}, "f:affinity": { "f:podAntiAffinity": {} } });
    const entries = [
      buildEntry("kubectl", "Update", other),
      buildEntry("spot-balancer", "Apply", { "f:metadata": {} }),
    ];
    assert.deepEqual(readOwnership(entries), { placement: "regular" });
    assert.deepEqual(readOwnership(undefined), { placement: "regular" });
  });

  it("is us after a move to spot", () => {
    assert.deepEqual(readOwnership([buildEntry("spot-balancer", "Apply", tolerations)]), {
      placement: "spot",
    });
    assert.deepEqual(readOwnership([buildEntry("spot-balancer", "Apply", nodeAffinity)]), {
      placement: "spot",
    });
  });

  it("is somebody else, by either field and by any kind of write", () => {
    for (const entry of [
      buildEntry("helm", "Update", tolerations),
      buildEntry("pulumi", "Apply", nodeAffinity),
      buildEntry("kubectl", "Update", inTemplate({ "f:affinity": { "f:nodeAffinity": {} } })),
      buildEntry("spot-balancer", "Update", tolerations),
    ]) {
      assert.deepEqual(readOwnership([entry]), { placement: "regular", placementOwner: entry.manager });
    }
  });

  it("may be both, when somebody wrote the same values after us", () => {
    const entries = [
      buildEntry("spot-balancer", "Apply", tolerations),
      buildEntry("pulumi", "Apply", tolerations),
    ];
    assert.deepEqual(readOwnership(entries), { placement: "spot", placementOwner: "pulumi" });
  });

  it("is the first of others, and unknown where it has no name", () => {
    const others = [buildEntry("helm", "Update", tolerations), buildEntry("pulumi", "Apply", tolerations)];
    assert.equal(readOwnership(others).placementOwner, "helm");
    assert.equal(readOwnership([{ operation: "Apply", fieldsV1: tolerations }]).placementOwner, "unknown");
  });

  it("is not told by a status write", () => {
    assert.deepEqual(readOwnership([buildEntry("kubelet", "Update", tolerations, "status")]), {
      placement: "regular",
    });
  });
});

describe("our placement under another name", () => {
  const policy = buildPolicy();
  const { tolerations: tolerated, affinity } = spotPlacement(policy);
  const theirs = { key: "theirs", operator: "Exists" };
  const rolledBack = [buildEntry("kubectl-rollout", "Update", tolerations)];
  const seen = (spec: object, entries = rolledBack, annotations: object = { [placedAt]: "2026-11-21" }) => {
    const template = { metadata: { annotations }, spec: { containers: [], ...spec } };
    return ownershipOf({ metadata: { managedFields: entries }, spec: { template } } as never, policy);
  };

  it("is recognized by our mark and our values, and is on spot", () => {
    const carried = { placement: "spot", carriedBy: "kubectl-rollout" };
    assert.deepEqual(seen({ tolerations: tolerated, affinity }), carried);
    assert.deepEqual(seen({ tolerations: [theirs, ...tolerated] }), carried);
    const entries = [buildEntry("kubectl-rollout", "Update", nodeAffinity)];
    assert.deepEqual(seen({ affinity }, entries), carried);
  });

  it("is so when they own it beside us, too: releasing our part would leave theirs", () => {
    const both = [
      buildEntry("spot-balancer", "Apply", tolerations),
      buildEntry("argocd", "Apply", tolerations),
    ];
    assert.deepEqual(seen({ tolerations: tolerated }, both), { placement: "spot", carriedBy: "argocd" });
  });

  it("is none without our mark, or with other values", () => {
    const foreign = {
      placement: "regular",
      placementOwner: "kubectl-rollout",
      placementField: "tolerations",
    };
    assert.deepEqual(seen({ tolerations: tolerated }, rolledBack, {}), foreign);
    assert.deepEqual(seen({ tolerations: [theirs] }), foreign);
  });

  it("is half ours where they have changed a part of it", () => {
    const both = [
      buildEntry("spot-balancer", "Apply", tolerations),
      buildEntry("vpa", "Update", nodeAffinity),
    ];
    const half = { placement: "spot", placementOwner: "vpa", placementField: "affinity.nodeAffinity" };
    assert.deepEqual(seen({ tolerations: tolerated }, both), half);
    const added = [
      buildEntry("spot-balancer", "Apply", nodeAffinity),
      buildEntry("kubectl", "Update", tolerations),
    ];
    // A status write is nobody's wish.
    assert.equal(seen({}, [...added, buildEntry("kubelet", "Update", nodeAffinity, "status")]).placementField, "tolerations"); // prettier-ignore
    const halfToo = { placement: "spot", placementOwner: "kubectl", placementField: "tolerations" };
    assert.deepEqual(seen({ tolerations: [theirs], affinity }, added), halfToo);
  });

  it("is taken out by its values, and leaves theirs", () => {
    const without = (spec: object) =>
      withoutPlacement({ spec: spec as Json<V1PodSpec> }, policy) as { spec: object };
    assert.deepEqual(without({ tolerations: tolerated, affinity }).spec, {
      ...{ tolerations: null, affinity: null, topologySpreadConstraints: null },
    });
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [] };
    const zones = { topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" };
    const split = { topologyKey: policy.pools.splitLabel, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" };
    const ourSplit = { ...split, nodeTaintsPolicy: "Honor", matchLabelKeys: ["pod-template-hash"] };
    assert.deepEqual(
      without({
        tolerations: [theirs, ...tolerated],
        affinity: { ...affinity, podAffinity },
        topologySpreadConstraints: [zones, ourSplit],
      }).spec,
      { tolerations: [theirs], affinity: { nodeAffinity: null }, topologySpreadConstraints: [zones] },
    );
    const required = { nodeSelectorTerms: [] };
    const preferred = affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: required,
      preferredDuringSchedulingIgnoredDuringExecution: preferred,
    };
    const kept = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: null } };
    assert.deepEqual((without({ affinity: { nodeAffinity } }).spec as { affinity: object }).affinity, kept);
  });

  it("comes with annotations that were taken along", () => {
    const annotated = (keys: object) => ({ "f:metadata": { "f:annotations": keys } });
    const mine = annotated({ "f:spot-balancer/memory": {} });
    assert.ok(othersHaveOurAnnotations([buildEntry("kubectl-rollout", "Update", mine)]));
    const ofPods = { "f:spec": { "f:template": annotated({ "f:spot-balancer/placed-at": {} }) } };
    assert.ok(othersHaveOurAnnotations([buildEntry("kubectl", "Update", ofPods)]));
    const other = buildEntry("kubectl", "Update", tolerations);
    assert.ok(othersHaveOurAnnotations([other, buildEntry("argocd", "Apply", mine), other]), "one is enough");
    assert.ok(!othersHaveOurAnnotations([buildEntry("kubelet", "Update", mine, "status")]));
    assert.ok(!othersHaveOurAnnotations(undefined));
    assert.ok(!othersHaveOurAnnotations([buildEntry("spot-balancer", "Apply", mine)]));
    assert.ok(!othersHaveOurAnnotations([buildEntry("kubectl", "Update", annotated({ "f:note": {} }))]));
  });
});

describe("a manifest that writes out that there is nothing", () => {
  const policy = buildPolicy();
  const seen = (podSpec: object, entries: object[] = []) => {
    const manifest = { spec: { template: { spec: podSpec } } };
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(manifest) };
    return ownershipOf({ metadata: { annotations, managedFields: entries } }, policy);
  };
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  const cases: [podSpec: object, field: string | undefined][] = [
    [{ tolerations: [] }, "tolerations: []"],
    [{ tolerations: null }, "tolerations: null"],
    [{ affinity: null }, "affinity: null"],
    [{ affinity: { nodeAffinity: null } }, "affinity.nodeAffinity: null"],
    [{ affinity: { nodeAffinity: { [preferred]: [] } } }, `affinity.nodeAffinity.${preferred}: []`],
    // An empty object is merged with what is there.
    [{ affinity: {} }, undefined],
    [{ containers: [{ name: "tolerations" }] }, undefined],
  ];
  for (const [podSpec, field] of cases) {
    it(`${JSON.stringify(podSpec)} ${field ? "would undo a move" : "would not"}`, () => {
      const { placement, placementOwner, placementField } = seen(podSpec);
      assert.equal(placement, "regular");
      assert.equal(placementField, field);
      assert.equal(placementOwner, field && "its last applied configuration");
    });
  }

  it("owns all of it where it is applied by the server with `affinity: null`", () => {
    const entries = [buildEntry("kubectl", "Apply", inTemplate({ "f:affinity": {} }))];
    const { placementOwner, placementField } = seen({}, entries);
    assert.deepEqual([placementOwner, placementField], ["kubectl", "affinity"]);
  });

  it("says nothing once we own the placement, nor where it cannot be read", () => {
    const ours = [buildEntry("spot-balancer", "Apply", tolerations)];
    assert.deepEqual(seen({ tolerations: [] }, ours), { placement: "spot" });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": '{"tolerations"' };
    assert.deepEqual(ownershipOf({ metadata: { annotations } }, policy), { placement: "regular" });
    for (const odd of [7, '{"tolerations":[]}', '"tolerations"', "null"])
      assert.deepEqual(ownershipOf({ metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": odd } } } as never, policy), { placement: "regular" }); // prettier-ignore
    assert.deepEqual(ownershipOf({}, policy), { placement: "regular" });
  });
});
