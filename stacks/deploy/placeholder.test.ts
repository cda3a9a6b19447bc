import assert from "node:assert/strict";
import type { V1Deployment } from "@kubernetes/client-node";
import { recordedObjects } from "./testing/recorded.ts";

describe("placeholders", () => {
  it("are born gated, on spot nodes alone, as large as policy says, and give way to anybody", async () => {
    const objects = await recordedObjects();
    const found = objects.find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === "placeholder",
    );
    const { metadata, spec } = found as unknown as V1Deployment;
    const pod = spec!.template.spec!;
    assert.equal(spec!.replicas, 1);
    assert.deepEqual(pod.schedulingGates, [{ name: "spot-balancer/room" }]);
    assert.deepEqual(pod.nodeSelector, { "kubernetes.azure.com/scalesetpriority": "spot" });
    assert.deepEqual(
      pod.tolerations?.map(({ key }) => key),
      ["kubernetes.azure.com/scalesetpriority"],
    );
    assert.deepEqual(
      [pod.containers[0]!.resources?.requests?.["cpu"], pod.containers[0]!.resources?.limits?.["memory"]],
      ["500m", "512Mi"],
    );
    assert.equal(pod.terminationGracePeriodSeconds, 0);
    // Pulumi would wait for pods that cannot start before the balancer's first round.
    assert.equal(metadata?.annotations?.["pulumi.com/skipAwait"], "true");
    const ranked = objects.find(
      ({ kind, metadata: { name } }) => kind === "PriorityClass" && name === pod.priorityClassName,
    );
    assert.equal(ranked?.["value"], -10);
  });
});
