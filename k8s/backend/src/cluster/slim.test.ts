import assert from "node:assert/strict";
import { Collection } from "./collection.ts";
import { type ApiPod, slimAutoscaler, slimEvent, slimNode, slimPod } from "./slim.ts";

const metadata = { name: "n", namespace: "demo", uid: "u", resourceVersion: "1" };
const buildPod = (changes: Partial<ApiPod> = {}): ApiPod => ({
  metadata: {
    ...metadata,
    labels: { "pod-template-hash": "5d4f" },
    ownerReferences: [{ kind: "ReplicaSet", name: "nginx-demo-5d4f", controller: true }],
  },
  spec: { nodeName: "spot-1", containers: [{ resources: { requests: { cpu: "250m", memory: "1Gi" } } }, {}] },
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  ...changes,
});

describe("objects for the page", () => {
  it("name a pod's Deployment, not its ReplicaSet", () => {
    const pod = slimPod(buildPod())!;
    assert.deepEqual(
      [pod.owner, pod.node, pod.ready, pod.requests],
      ["Deployment/nginx-demo", "spot-1", true, { cpuCores: 0.25, memoryBytes: 2 ** 30 }],
    );
    const [owner] = buildPod().metadata.ownerReferences!;
    const bare = buildPod({ metadata: { ...metadata, ownerReferences: [{ ...owner!, name: "hand-made" }] } });
    assert.equal(slimPod(bare)!.owner, "ReplicaSet/hand-made");
  });

  it("have every field that the page draws", () => {
    const ended = { ...metadata, creationTimestamp: "2026-11-21T11:00:00Z" };
    const conditions = [{ type: "Ready", status: "True" }];
    const allocatable = { cpu: "3860m", memory: "12Gi", pods: "250" };
    const labels = {
      "kubernetes.azure.com/agentpool": "spota",
      agentpool: "old",
      "node.kubernetes.io/instance-type": "Standard_D4as_v5",
    };
    assert.deepEqual(
      slimNode({ tier: "cheap" })({
        ...{
          metadata: { ...metadata, labels },
          spec: { unschedulable: true },
          status: { allocatable, conditions },
        },
      }),
      {
        ...{ name: "n", pool: "spota", priority: "regular", system: false, ready: true, schedulable: false },
        ...{ instanceType: "Standard_D4as_v5" },
        allocatable: { cpuCores: 3.86, memoryBytes: 12 * 2 ** 30, pods: 250 },
      },
    );
    const bare = { metadata: { name: "n", uid: "u", resourceVersion: "1" } };
    assert.deepEqual(
      slimNode({ tier: "cheap" })({ ...bare, metadata: { ...bare.metadata, labels: { agentpool: "old" } } }),
      {
        ...{ name: "n", pool: "old", priority: "regular", system: false, ready: false, schedulable: true },
        ...{ instanceType: "", allocatable: { cpuCores: 0, memoryBytes: 0, pods: 0 } },
      },
    );
    assert.deepEqual(
      slimPod(buildPod({ metadata: { ...ended, deletionTimestamp: "2026-11-21T12:00:00Z" } })),
      {
        ...{ uid: "u", namespace: "demo", name: "n", node: "spot-1", phase: "Running", ready: true },
        ...{ owner: null, requests: { cpuCores: 0.25, memoryBytes: 2 ** 30 } },
        ...{ createdAt: "2026-11-21T11:00:00Z", deleting: true },
      },
    );
    assert.deepEqual(slimPod(bare), {
      ...{ uid: "u", namespace: "", name: "n", node: null, phase: "Unknown", ready: false, owner: null },
      ...{ requests: { cpuCores: 0, memoryBytes: 0 }, createdAt: "", deleting: false },
    });
    const scaleTargetRef = { kind: "Deployment", name: "nginx-demo" };
    const scaling = { metadata, spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef }, status: { currentReplicas: 3, desiredReplicas: 4 } }; // prettier-ignore
    assert.deepEqual(slimAutoscaler(scaling), {
      ...{
        namespace: "demo",
        name: "n",
        target: "Deployment/nginx-demo",
        min: 2,
        max: 9,
        current: 3,
        desired: 4,
      },
      metrics: [],
    });
    assert.deepEqual(slimAutoscaler(bare), {
      ...{ namespace: "", name: "n", target: "/", min: 1, max: 1, current: 0, desired: 0, metrics: [] },
    });
    assert.deepEqual(
      slimEvent({ metadata: ended, action: "Refuse", reason: "Busy", type: "Warning", note: "why" }),
      {
        ...{ uid: "u", time: "2026-11-21T11:00:00.000Z", namespace: "demo", workload: "/", action: "Refuse" },
        ...{ reason: "Busy", type: "Warning", note: "why", count: 1 },
      },
    );
    assert.deepEqual(slimEvent(bare), {
      ...{ uid: "u", time: "1970-01-01T00:00:00.000Z", namespace: "", workload: "/", action: "", reason: "" },
      ...{ type: "Normal", note: "", count: 1 },
    });
  });

  it("are ready only where the condition says so, and belong to their controller", () => {
    const ready = (...conditions: { type: string; status: string }[]) =>
      slimPod(buildPod({ status: { phase: "Running", conditions } }))!.ready;
    assert.deepEqual(
      [
        ready({ type: "Ready", status: "False" }, { type: "ContainersReady", status: "True" }),
        ready({ type: "PodScheduled", status: "True" }, { type: "Ready", status: "True" }),
      ],
      [false, true],
    );
    const [owner] = buildPod().metadata.ownerReferences!;
    const ofJob = { kind: "Job", name: "j-5d4f", controller: true };
    const ownedBy = (...ownerReferences: NonNullable<ApiPod["metadata"]["ownerReferences"]>) =>
      slimPod(buildPod({ metadata: { ...buildPod().metadata, ownerReferences } }))!.owner;
    assert.equal(ownedBy({ ...owner!, controller: false }), null);
    assert.equal(ownedBy({ ...owner!, controller: false }, ofJob), "Job/j-5d4f");
    assert.equal(slimPod(buildPod({ status: { phase: "Failed" } })), undefined);
    assert.equal(slimPod(buildPod({ spec: { schedulingGates: [] } }))!.phase, "Running");
  });

  it("leave out pods that have ended, and survive odd quantities", () => {
    assert.equal(slimPod(buildPod({ status: { phase: "Succeeded" } })), undefined);
    const odd = buildPod({ spec: { containers: [{ resources: { requests: { cpu: "lots" } } }] } });
    assert.deepEqual(slimPod(odd)!.requests, { cpuCores: 0, memoryBytes: 0 });
  });

  it("tell pods that wait for a gate from those that wait for room", () => {
    const status = { phase: "Pending" };
    assert.equal(slimPod(buildPod({ status }))!.phase, "Pending");
    assert.equal(slimPod(buildPod({ status, spec: { schedulingGates: [{ name: "g" }] } }))!.phase, "Gated");
  });

  it("tell spot nodes by all of their labels", () => {
    const slim = slimNode({ tier: "cheap", pool: "x" });
    const node = (labels: Record<string, string>) => slim({ metadata: { ...metadata, labels } });
    assert.equal(node({ tier: "cheap", pool: "x" }).priority, "spot");
    assert.equal(node({ tier: "cheap" }).priority, "regular");
    assert.equal(node({ tier: "cheap" }).system, false);
    assert.equal(node({ "kubernetes.azure.com/mode": "system" }).system, true);
  });

  it("give an autoscaler's targets, also before anything was measured", () => {
    const resource = { name: "cpu", target: { averageUtilization: 70 } };
    const spec = { minReplicas: 2, maxReplicas: 10, metrics: [{ type: "Resource", resource }] };
    const current = [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 41 } } }];
    const metrics = (currentMetrics: typeof current | null) =>
      slimAutoscaler({ metadata, spec, status: { currentMetrics } }).metrics;
    assert.deepEqual(metrics(null), [{ name: "cpu", current: null, target: 0.7 }]);
    assert.deepEqual(metrics(current), [{ name: "cpu", current: 0.41, target: 0.7 }]);
  });

  it("bear the time of a series' last event", () => {
    const event = slimEvent({
      metadata,
      eventTime: "2026-11-21T12:00:00.000000Z",
      series: { count: 3, lastObservedTime: "2026-11-21T13:00:00.000000Z" },
      regarding: { kind: "Deployment", name: "nginx-demo", namespace: "demo" },
    });
    assert.deepEqual(
      [event.time, event.count, event.workload],
      ["2026-11-21T13:00:00.000Z", 3, "Deployment/nginx-demo"],
    );
  });
});

describe("a collection", () => {
  it("tells what changed since it was last asked, and nothing twice", () => {
    const items = new Collection<{ name: string; size: number }>(({ name }) => name);
    items.set("1", { name: "a", size: 1 });
    items.set("2", { name: "b", size: 1 });
    assert.deepEqual(items.takeDelta(), { changed: items.all, removed: [] });
    items.set("1", { name: "a", size: 1 });
    assert.equal(items.takeDelta(), undefined);
    items.replace(new Map([["2", { name: "b", size: 2 }]]));
    assert.deepEqual(items.takeDelta(), { changed: [{ name: "b", size: 2 }], removed: ["a"] });
    // Made anew under its old name: another uid, the same key.
    items.set("2", undefined);
    items.set("3", { name: "b", size: 3 });
    assert.deepEqual(items.takeDelta(), { changed: [{ name: "b", size: 3 }], removed: [] });
  });
});
