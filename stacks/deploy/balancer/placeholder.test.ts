import assert from "node:assert/strict";
import type { V1PodTemplate } from "@kubernetes/client-node";
import { recordedObjects } from "../testing/recorded.ts";

describe("placeholders", () => {
  it("have a template that gives way to anybody and holds no node, and the balancer may make pods of it", async () => {
    const objects = await recordedObjects();
    const found = objects.find(({ kind }) => kind === "PodTemplate") as unknown as V1PodTemplate;
    const { metadata, spec } = found.template!;
    assert.equal(metadata?.labels?.["spot-balancer/placeholder"], "true");
    assert.equal(metadata?.annotations?.["cluster-autoscaler.kubernetes.io/safe-to-evict"], "true");
    assert.equal(spec?.terminationGracePeriodSeconds, 0);
    const ranked = objects.find(
      ({ kind, metadata: { name } }) => kind === "PriorityClass" && name === spec?.priorityClassName,
    );
    // With less an autoscaler adds no node for a pod (its flag expendable-pods-priority-cutoff).
    assert.equal(ranked?.["value"], -10);
  });

  it("are the only pods that the balancer may make, by the digest of their image, and in their namespace alone", async () => {
    const objects = await recordedObjects();
    const template = objects.find(({ kind }) => kind === "PodTemplate") as unknown as V1PodTemplate;
    const [, digest = ""] = /(@sha256:.+)$/.exec(template.template!.spec!.containers[0]!.image!) ?? [];
    const policies = objects.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
    const policy = policies.find(({ metadata }) => metadata.name === "spot-balancer-placeholders")!;
    assert.ok(digest && JSON.stringify(policy).includes(digest));
    // A parameter is looked up for everybody's requests, and who finds none is refused.
    for (const { spec } of policies) assert.ok(!("paramKind" in (spec as object)));
    const { matchConstraints } = policy["spec"] as { matchConstraints: { namespaceSelector: object } };
    assert.deepEqual(matchConstraints.namespaceSelector, {
      matchLabels: { "kubernetes.io/metadata.name": "placeholder" },
    });
  });
});
