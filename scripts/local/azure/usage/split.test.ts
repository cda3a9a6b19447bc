// How a workload's usage is divided over its pods.
import assert from "node:assert/strict";
import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { splitUsage } from "./split.ts";

const buildDeployment = (annotations: Record<string, string>, name = "web"): V1Deployment => ({
  metadata: { namespace: "demo", name, annotations },
});
const buildPod = (
  name: string,
  changes: {
    node?: string;
    phase?: string;
    annotations?: Record<string, string>;
    owner?: string;
    going?: boolean;
  } = {},
): V1Pod => ({
  metadata: {
    namespace: "demo",
    name,
    labels: { "pod-template-hash": "abc" },
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${changes.owner ?? "web"}-abc`, uid: "u" },
    ],
    ...(changes.annotations && { annotations: changes.annotations }),
    ...(changes.going && { deletionTimestamp: new Date(0) }),
  },
  spec: { containers: [], nodeName: changes.node ?? "kwok-1" },
  status: { phase: changes.phase ?? "Running" },
});
const split = (deployments: V1Deployment[], pods: V1Pod[]) =>
  splitUsage(deployments, pods, (node) => node.startsWith("kwok"));

describe("usage of emulated pods", () => {
  it("divides what the Deployment says over its running pods", () => {
    const { changes } = split(
      [buildDeployment({ "local.spot-balancer/cpu": "1", "local.spot-balancer/memory": "1Gi" })],
      [buildPod("a"), buildPod("b"), buildPod("c", { phase: "Pending" }), buildPod("d", { going: true })],
    );
    assert.deepEqual(
      changes,
      ["a", "b"].map((pod) => ({
        namespace: "demo",
        pod,
        annotations: { "kwok.x-k8s.io/usage-cpu": "500m", "kwok.x-k8s.io/usage-memory": "536870912" },
      })),
    );
  });

  it("writes only what differs", () => {
    const has = { "kwok.x-k8s.io/usage-cpu": "400m" };
    const deployment = buildDeployment({ "local.spot-balancer/cpu": "400m" });
    assert.deepEqual(split([deployment], [buildPod("a", { annotations: has })]).changes, []);
    const both = split([deployment], [buildPod("a", { annotations: has }), buildPod("b")]).changes;
    assert.deepEqual(
      both.map(({ pod, annotations }) => [pod, annotations["kwok.x-k8s.io/usage-cpu"]]),
      [
        ["a", "200m"],
        ["b", "200m"],
      ],
    );
  });

  it("leaves alone real nodes, other workloads' pods, and Deployments that say nothing", () => {
    const deployment = buildDeployment({ "local.spot-balancer/cpu": "1" });
    assert.deepEqual(
      split([deployment], [buildPod("a", { node: "aks-system" }), buildPod("b", { owner: "web-2" })]).changes,
      [],
    );
    assert.deepEqual(split([buildDeployment({})], [buildPod("a")]), { changes: [], problems: [] });
  });

  it("says what is no quantity, and goes on with the rest", () => {
    const { changes, problems } = split(
      [buildDeployment({ "local.spot-balancer/cpu": "much", "local.spot-balancer/memory": "10" })],
      [buildPod("a")],
    );
    assert.deepEqual(changes[0]?.annotations, { "kwok.x-k8s.io/usage-memory": "10" });
    assert.match(
      problems[0]!,
      /^demo\/web: annotation local\.spot-balancer\/cpu: expected a Kubernetes quantity.*much/,
    );
  });
});
