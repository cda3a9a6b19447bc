// How API objects become what the autoscaler decides on, and how its own status reads.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { parse } from "yaml";
import { fits } from "./fit.ts";
import type { NodeShape } from "./model.ts";
import { toNodeState, toPodState } from "./observe.ts";
import { type GroupStatus, type Transitions, initialStatus, statusText } from "./status.ts";

const container = (cpu: string, changes: Partial<V1Container> = {}): V1Container => ({
  name: "c",
  resources: { requests: { cpu, memory: "1Gi" } },
  ...changes,
});
const buildPod = (changes: V1Pod = {}): V1Pod => ({
  metadata: { namespace: "demo", name: "a", ...changes.metadata },
  spec: { containers: [container("100m")], ...changes.spec },
  status: { phase: "Pending", ...changes.status },
});
const at = new Date("2026-11-21T10:00:00Z");

describe("the autoscaler's view", () => {
  it("counts a pod's requests as the scheduler does", () => {
    const requests = (initContainers: V1Container[]) =>
      toPodState(buildPod({ spec: { containers: [container("100m"), container("200m")], initContainers } }))!
        .requests;
    assert.equal(requests([]).cpu, 300);
    assert.equal(requests([container("1")]).cpu, 1_000); // an init container runs alone, before
    assert.equal(requests([container("50m", { restartPolicy: "Always" })]).cpu, 350); // a sidecar runs beside
    assert.equal(requests([]).memory, 2 * 1024 ** 3);
    assert.equal(requests([]).pods, 1);
    assert.equal(
      toPodState(buildPod({ spec: { containers: [{ name: "c" }], overhead: { cpu: "10m" } } }))!.requests.cpu,
      10,
    );
  });

  it("sees since when a pod finds no node, and not when it is going or has another reason", () => {
    const scheduled = (reason: string) => ({
      conditions: [{ type: "PodScheduled", status: "False", reason, lastTransitionTime: at }],
    });
    assert.equal(
      toPodState(buildPod({ status: scheduled("Unschedulable") }))!.unschedulableSince,
      at.getTime(),
    );
    assert.equal(
      toPodState(buildPod({ status: scheduled("SchedulingGated") }))!.unschedulableSince,
      undefined,
    );
    const going = { metadata: { deletionTimestamp: at }, status: scheduled("Unschedulable") };
    assert.equal(toPodState(buildPod(going))!.unschedulableSince, undefined);
    for (const phase of ["Succeeded", "Failed"])
      assert.equal(toPodState(buildPod({ status: { phase } })), undefined, phase);
  });

  it("knows what comes and goes with its node", () => {
    const owned = (kind: string) =>
      toPodState(
        buildPod({ metadata: { ownerReferences: [{ apiVersion: "v1", kind, name: "o", uid: "u" }] } }),
      )!;
    assert.equal(owned("DaemonSet").partOfNode, true);
    assert.equal(owned("ReplicaSet").partOfNode, false);
    assert.equal(
      toPodState(buildPod({ metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } }))!.partOfNode,
      true,
    );
  });

  it("reads a node, and leaves out the taints of its passing state", () => {
    const node = toNodeState(
      {
        metadata: { name: "n", labels: { a: "b" } },
        spec: {
          unschedulable: true,
          taints: [
            { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
            { key: "spot", effect: "NoSchedule" },
          ],
        },
        status: {
          allocatable: { cpu: "1900m", memory: "1Ki", pods: "30" },
          conditions: [{ type: "Ready", status: "True", lastTransitionTime: at }],
        },
      },
      () => "spot",
    );
    assert.deepEqual(node, {
      name: "n",
      pool: "spot",
      shape: {
        labels: { a: "b" },
        taints: [{ key: "spot", effect: "NoSchedule" }],
        allocatable: { cpu: 1900, memory: 1024, ephemeralStorage: 0, pods: 30 },
      },
      schedulable: false,
      going: false,
      readySince: at.getTime(),
    });
    assert.equal(toNodeState({ metadata: { name: "n" }, status: {} }, () => undefined).readySince, undefined);
  });

  const shape: NodeShape = {
    labels: { zone: "1", generation: "5" },
    taints: [
      { key: "spot", value: "yes", effect: "NoSchedule" },
      { key: "soft", effect: "PreferNoSchedule" },
    ],
    allocatable: { cpu: 1_000, memory: 2 ** 31, ephemeralStorage: 0, pods: 1 },
  };
  const tolerated = [{ key: "spot", operator: "Exists" }];
  const affinity = (key: string, operator: string, values?: string[]) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values && { values }) }] }],
      },
    },
  });
  const cases: [what: string, spec: Partial<V1Pod["spec"] & object>, expected: boolean][] = [
    ["its taint tolerated", { tolerations: tolerated }, true],
    ["its taint not tolerated", {}, false],
    ["by value", { tolerations: [{ key: "spot", value: "yes" }] }, true],
    ["by another value", { tolerations: [{ key: "spot", value: "no" }] }, false],
    [
      "for another effect",
      { tolerations: [{ key: "spot", operator: "Exists", effect: "NoExecute" }] },
      false,
    ],
    ["everything tolerated", { tolerations: [{ operator: "Exists" }] }, true],
    ["its label selected", { tolerations: tolerated, nodeSelector: { zone: "1" } }, true],
    ["another label selected", { tolerations: tolerated, nodeSelector: { zone: "2" } }, false],
    ["In", { tolerations: tolerated, affinity: affinity("zone", "In", ["1", "2"]) }, true],
    ["In, another", { tolerations: tolerated, affinity: affinity("zone", "In", ["2"]) }, false],
    ["NotIn", { tolerations: tolerated, affinity: affinity("zone", "NotIn", ["1"]) }, false],
    [
      "NotIn a label that it has not",
      { tolerations: tolerated, affinity: affinity("rack", "NotIn", ["1"]) },
      true,
    ],
    ["Exists", { tolerations: tolerated, affinity: affinity("zone", "Exists") }, true],
    ["DoesNotExist", { tolerations: tolerated, affinity: affinity("zone", "DoesNotExist") }, false],
    ["Gt", { tolerations: tolerated, affinity: affinity("generation", "Gt", ["4"]) }, true],
    ["Lt", { tolerations: tolerated, affinity: affinity("generation", "Lt", ["5"]) }, false],
    [
      "an empty term",
      {
        tolerations: tolerated,
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } },
        },
      },
      false,
    ],
    [
      "preferred affinity to another",
      {
        tolerations: tolerated,
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                preference: { matchExpressions: [{ key: "zone", operator: "In", values: ["9"] }] },
              },
            ],
          },
        },
      },
      true,
    ],
    ["more than it has", { tolerations: tolerated, containers: [container("1001m")] }, false],
  ];
  for (const [what, spec, expected] of cases) {
    it(`a pod ${expected ? "fits" : "does not fit"} a node: ${what}`, () => {
      const pod = toPodState(buildPod({ spec: { containers: [container("1")], ...spec } }))!;
      assert.equal(fits(pod, shape, shape.allocatable), expected);
    });
  }
});

describe("cluster-autoscaler-status", () => {
  const group: GroupStatus = {
    name: "aks-spot-1-vmss",
    ready: 1,
    registered: 2,
    target: 3,
    min: 0,
    max: 5,
    scaleUp: "InProgress",
    candidates: 0,
  };
  type Counts = { registered: Record<"total" | "ready" | "notStarted", number>; unregistered: number };
  type Status = {
    clusterWide: { scaleUp: { status: string } };
    nodeGroups: {
      name: string;
      health: { cloudProviderTarget: number; nodeCounts: Counts };
      scaleUp: { status: string; lastTransitionTime: string; backoffInfo?: { errorCode: string } };
      scaleDown: { status: string; candidates?: number };
    }[];
  };
  const read = (groups: GroupStatus[], transitions: Transitions, now: number): Status =>
    parse(statusText(groups, transitions, now)) as Status;

  it("reads as the real one's, and keeps the time of the last change", () => {
    const transitions: Transitions = {};
    const first = read([group], transitions, at.getTime());
    assert.equal(first.clusterWide.scaleUp.status, "InProgress");
    const [spot] = first.nodeGroups;
    assert.deepEqual(
      [spot!.name, spot!.health.cloudProviderTarget, spot!.health.nodeCounts.registered.ready],
      ["aks-spot-1-vmss", 3, 1],
    );
    const { nodeCounts } = spot!.health;
    assert.deepEqual(
      [nodeCounts.registered.total, nodeCounts.registered.notStarted, nodeCounts.unregistered],
      [2, 1, 1],
    );
    const later = read([group], transitions, at.getTime() + 10_000);
    assert.equal(later.nodeGroups[0]!.scaleUp.lastTransitionTime, "2026-11-21T10:00:00Z");
    const backoff = { errorCode: "AllocationFailed", errorMessage: "none left" };
    const failed = read(
      [{ ...group, scaleUp: "Backoff", backoff, candidates: 1 }],
      transitions,
      at.getTime() + 20_000,
    );
    assert.equal(failed.nodeGroups[0]!.scaleUp.backoffInfo?.errorCode, "AllocationFailed");
    assert.equal(failed.nodeGroups[0]!.scaleUp.lastTransitionTime, "2026-11-21T10:00:20Z");
    assert.deepEqual(
      [failed.nodeGroups[0]!.scaleDown.status, failed.nodeGroups[0]!.scaleDown.candidates],
      ["CandidatesPresent", 1],
    );
  });

  it("is null where the real one's is: times of a group that has no node, and that its health ever changed", () => {
    const none = read(
      [{ ...group, ready: 0, registered: 0, target: 0, scaleUp: "NoActivity" }],
      {},
      at.getTime(),
    );
    const [spot] = none.nodeGroups;
    assert.deepEqual(spot!.scaleUp, {
      ...{ status: "NoActivity", backoffInfo: {} },
      ...{ lastProbeTime: null, lastTransitionTime: null },
    });
    const [some] = read([group], {}, at.getTime()).nodeGroups as unknown as { health: object }[];
    assert.equal((some!.health as { lastTransitionTime: unknown }).lastTransitionTime, null);
    assert.equal((some!.health as { lastProbeTime: unknown }).lastProbeTime, "2026-11-21T10:00:00Z");
    assert.deepEqual((parse(initialStatus(at.getTime())) as { nodeGroups?: unknown }).nodeGroups, undefined);
  });
});

/** As cluster-autoscaler 1.36.1 with its kwok provider wrote it on a local control plane. */
const recorded = (name: string) =>
  parse(readFileSync(new URL(`testdata/status-1.36-${name}.yaml`, import.meta.url), "utf8")) as Recorded;

interface Recorded {
  nodeGroups: {
    name: string;
    health: {
      nodeCounts: { registered: { ready: number; total: number } };
      cloudProviderTarget: number;
      minSize: number;
      maxSize: number;
    };
    scaleUp: { status: GroupStatus["scaleUp"]; backoffInfo: object };
    scaleDown: { candidates?: number };
  }[];
}

/** Everything but the times that are told; `null` stays. */
const timeless = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (/[tT]ime$/.test(key) && each !== null ? "a time" : each)),
  );

describe("cluster-autoscaler-status as it was recorded", () => {
  for (const name of ["0", "backoff"]) {
    it(`has the same keys and values for the same groups: status-1.36-${name}`, () => {
      const real = recorded(name);
      const groups = real.nodeGroups.map(({ name, health, scaleUp, scaleDown }): GroupStatus => {
        const { backoffInfo, status } = scaleUp;
        return {
          ...{ name, target: health.cloudProviderTarget, min: health.minSize, max: health.maxSize },
          ...{ ready: health.nodeCounts.registered.ready, registered: health.nodeCounts.registered.total },
          ...{ scaleUp: status, candidates: scaleDown.candidates ?? 0 },
          ...("errorCode" in backoffInfo && { backoff: backoffInfo as Required<GroupStatus>["backoff"] }),
        };
      });
      assert.deepEqual(timeless(parse(statusText(groups, {}, at.getTime()))), timeless(real));
    });
  }
});

describe("what keeps a node from being drained", () => {
  const owned = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "a", uid: "u", controller: true }];
  const cases: [what: string, metadata: V1Pod["metadata"] & object, expected: string | undefined][] = [
    ["nothing", { ownerReferences: owned }, undefined],
    ["a bare pod", {}, "has no controller"],
    [
      "a bare pod that may go",
      { annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" } },
      undefined,
    ],
    [
      "a pod that says so",
      { ownerReferences: owned, annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" } },
      "says that it is not safe to evict",
    ],
    ["a pod of the system", { ownerReferences: owned, namespace: "kube-system" }, "is of kube-system"],
  ];
  for (const [what, metadata, expected] of cases)
    it(what, () => assert.equal(toPodState(buildPod({ metadata }))!.blocks, expected));
});
