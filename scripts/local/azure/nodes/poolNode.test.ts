// How nodes of pools look.
import assert from "node:assert/strict";
import type { Pool } from "../machines.ts";
import { clusterId } from "../testing/inputs.ts";
import { toPool } from "../types/agentPool.ts";
import { buildKwokNode, nodeName, poolTaints } from "./poolNode.ts";

const buildPool = (changes: Partial<Pool> = {}): Pool => ({
  id: `${clusterId}/agentPools/spot`,
  clusterId,
  name: "spot",
  mode: "User",
  priority: "Spot",
  vmSize: "Standard_D4as_v5",
  count: 1,
  maxPods: 110,
  osDiskGiB: 32,
  zones: ["1", "2", "3"],
  region: "eastus",
  labels: { team: "a" },
  taints: ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule", "app=web:NoExecute", "bare=:NoSchedule"],
  kubernetesVersion: "1.35",
  ...changes,
});

describe("nodes of a pool", () => {
  it("have a disk of 128 GiB unless it says otherwise, and 0 says nothing", () => {
    const disks = [undefined, 0, 32].map((osDiskSizeGB) => toPool(clusterId, "spot", { vmSize: "Standard_D4as_v5", osDiskSizeGB }, {}).osDiskGiB); // prettier-ignore
    assert.deepEqual(disks, [128, 128, 32]);
  });

  it("are named as in AKS: the cluster's digits, the number in base 36", () => {
    assert.match(nodeName(buildPool(), 0), /^aks-spot-\d{8}-vmss000000$/);
    assert.equal(nodeName(buildPool(), 35).slice(-6), "00000z");
    assert.equal(nodeName(buildPool(), 36).slice(-6), "000010");
    const digits = (pool: Pool): string => nodeName(pool, 0).split("-")[2]!;
    assert.equal(digits(buildPool()), digits(buildPool({ name: "regular" })));
    assert.notEqual(digits(buildPool()), digits(buildPool({ clusterId: `${clusterId}2` })));
  });

  it("have AKS's labels, the pool's own, and zones in turn", () => {
    const zones = [0, 1, 2, 3].map(
      (index) => buildKwokNode(buildPool(), index).metadata!.labels!["topology.kubernetes.io/zone"],
    );
    assert.deepEqual(zones, ["eastus-1", "eastus-2", "eastus-3", "eastus-1"]);
    const labels = buildKwokNode(buildPool({ zones: [] }), 0).metadata!.labels!;
    assert.equal(labels["topology.kubernetes.io/zone"], "0");
    assert.equal(labels["agentpool"], "spot");
    assert.equal(labels["kubernetes.azure.com/agentpool"], "spot");
    assert.equal(labels["kubernetes.azure.com/mode"], "user");
    assert.equal(labels["kubernetes.azure.com/scalesetpriority"], "spot");
    assert.equal(labels["team"], "a");
    const regular = buildKwokNode(buildPool({ priority: "Regular" }), 0).metadata!.labels!;
    assert.equal(regular["kubernetes.azure.com/priority"], "regular");
    assert.equal("kubernetes.azure.com/scalesetpriority" in regular, false);
  });

  it("have Azure's spot taint once, declared or not, and no taint of Azure's on regular", () => {
    const spot = { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" };
    assert.deepEqual(poolTaints(buildPool()), [
      spot,
      { key: "app", value: "web", effect: "NoExecute" },
      { key: "bare", effect: "NoSchedule" },
    ]);
    assert.deepEqual(poolTaints(buildPool({ taints: [] })), [spot]);
    assert.deepEqual(poolTaints(buildPool({ taints: [], priority: "Regular" })), []);
  });

  it("say what they can hold, and where kwok tells their usage", () => {
    const node = buildKwokNode(buildPool(), 1);
    const name = node.metadata!.name!;
    assert.equal(node.metadata!.annotations!["kwok.x-k8s.io/node"], "fake");
    assert.equal(
      node.metadata!.annotations!["metrics.k8s.io/resource-metrics-path"],
      `/metrics/nodes/${name}/metrics/resource`,
    );
    assert.equal(node.status!.capacity!["cpu"], "4000m");
    assert.equal(node.status!.allocatable!["cpu"], "3860m");
    assert.ok(Number.parseInt(node.status!.allocatable!["ephemeral-storage"]!) > 0);
    assert.equal(node.status!.nodeInfo!.kubeletVersion, "v1.35.0");
  });
});
