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
});
