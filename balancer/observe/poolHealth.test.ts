import assert from "node:assert/strict";
import { parsePoolHealth } from "./poolHealth.ts";

/** As Cluster Autoscaler 1.30 and later write it, shortened. */
const status = `
time: 2026-11-21 09:00:00 +0000 UTC
autoscalerStatus: Running
clusterWide:
  health: { status: Healthy }
nodeGroups:
- name: aks-regular-12345678-vmss
  health:
    status: Healthy
    cloudProviderTarget: 2
    minSize: 1
    maxSize: 5
  scaleUp:
    status: NoActivity
- name: aks-spot-12345678-vmss
  health:
    status: Unhealthy
  scaleUp:
    status: Backoff
    lastTransitionTime: "2026-11-21T08:55:00Z"
`;

describe("the cluster autoscaler's status", () => {
  it("tells each pool's health, back-off and bounds", () => {
    assert.deepEqual(parsePoolHealth(status), [
      {
        pool: "aks-regular-12345678-vmss",
        health: "Healthy",
        backoff: false,
        since: undefined,
        minSize: 1,
        maxSize: 5,
      },
      {
        pool: "aks-spot-12345678-vmss",
        health: "Unhealthy",
        backoff: true,
        since: Date.UTC(2026, 10, 21, 8, 55),
      },
    ]);
  });

  it("tells nothing in the prose of older versions, or when it is broken", () => {
    for (const text of [
      "",
      "Cluster-autoscaler status at 2023-01-01:\nCluster-wide:\n  Health: Healthy (ready=3)\n",
      "{",
    ]) {
      assert.deepEqual(parsePoolHealth(text), []);
    }
  });
});
