import assert from "node:assert/strict";
import { buildApiNode } from "../testing/apiObjects.ts";
import { readDrivers, readNode, unreadableNode } from "./nodes.ts";
import { largestRequest } from "./requests.ts";
import { nodeName } from "./selectors.ts";

describe("a node as it is seen", () => {
  type Changes = { metadata?: object; spec?: object; status?: object };
  const see = ({ metadata, spec, status }: Changes) => {
    const node = buildApiNode("n", "regular");
    return readNode({
      metadata: { ...node.metadata, ...metadata },
      spec: { ...node.spec, ...spec },
      status: { ...node.status, ...status },
    });
  };
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const ms = (minute: number) => Date.UTC(2026, 0, 1, 0, minute);
  const ready = (status: string) => ({ type: "Ready", status, lastTransitionTime: at(5) });
  const pressure = (status: string, more = {}) => ({ type: "DiskPressure", status, lastTransitionTime: at(9), ...more }); // prettier-ignore
  const disruption = { "karpenter.sh/do-not-disrupt": "true" };
  const scaleDown = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
  const cases: [what: string, changes: Changes, expected: Partial<ReturnType<typeof readNode>>][] = [
    ["is ready since then", { status: { conditions: [pressure("False"), ready("True")] } }, { ready: true, readySince: ms(5), conditions: [] }],
    ["is not ready since then", { status: { conditions: [ready("False")] } }, { ready: false, readySince: ms(5), conditions: [] }],
    ["is not ready while nobody knows", { status: { conditions: [ready("Unknown")] } }, { ready: false, conditions: [] }],
    ["is not ready before it says so", { status: { conditions: [] } }, { ready: false, readySince: undefined }],
    ["is under pressure, ready or not", { status: { conditions: [ready("True"), pressure("True")] } }, { ready: true, conditions: ["DiskPressure"], announcements: undefined }],
    ["announces with a reason", { status: { conditions: [pressure("True", { reason: "r" })] } }, { announcements: [{ type: "DiskPressure", reason: "r", message: "" }] }],
    ["announces with a message", { status: { conditions: [pressure("True", { message: "m" })] } }, { announcements: [{ type: "DiskPressure", reason: "", message: "m" }] }],
    ["announces nothing that is not so", { status: { conditions: [pressure("Unknown", { reason: "r" }), ready("True")] } }, { announcements: undefined, conditions: [] }],
    ["is cordoned", { spec: { unschedulable: true } }, { cordoned: true }],
    ["is not cordoned", {}, { cordoned: false }],
    ["has taints, with and without a value", { spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }, { key: "c", effect: "NoExecute" }] } }, { taints: [{ key: "a", value: "b", effect: "NoSchedule" }, { key: "c", value: "", effect: "NoExecute" }] }],
    ["takes what is allocatable, not all it has", { status: { allocatable: { cpu: "1500m", memory: "1Ki", pods: "3", "ephemeral-storage": "2Ki" }, capacity: { cpu: "2", memory: "2Ki", pods: "9", "ephemeral-storage": "9Ki" } } }, { allocatable: { cpu: 1500, memory: 1024, pods: 3, storage: 2048 } }],
    ["takes nothing of what it does not say", { status: { allocatable: {} } }, { allocatable: { cpu: 0, memory: 0, pods: 0 } }],
    ["takes no less than nothing, and nothing absurd", { status: { allocatable: { cpu: "-1", memory: "100Ei", pods: "1" } } }, { allocatable: { cpu: 0, memory: largestRequest, pods: 1 } }],
    ["has devices", { status: { allocatable: { "nvidia.com/gpu": "1" } } }, { hasDevices: true }],
    ["has devices that no plugin counts yet", { metadata: { name: "n", labels: { zone: "a", "kubernetes.azure.com/accelerator": "nvidia" } } }, { hasDevices: true }],
    ["has devices, by the words of other clouds", { metadata: { name: "n", labels: { "cloud.google.com/gke-accelerator": "nvidia-l4" } } }, { hasDevices: true }],
    ["has devices, as their operator found", { metadata: { name: "n", labels: { "nvidia.com/gpu.present": "true" } } }, { hasDevices: true }],
    ["has no devices by a label of the sort", { metadata: { name: "n", labels: { "example.com/accelerators": "x", gpu: "x" } } }, { hasDevices: undefined }],
    ["has no devices that are used up or gone", { status: { allocatable: { "nvidia.com/gpu": "0", cpu: "1" } } }, { hasDevices: undefined }],
    ["has no labels but its name", { metadata: { name: "n", labels: undefined } }, { labels: { [nodeName]: "n" }, hasDevices: undefined }],
    ["is kept by the autoscaler", { metadata: { annotations: { [scaleDown]: "true" } } }, { scaleDownDisabled: true }],
    ["is kept by Karpenter", { metadata: { annotations: disruption } }, { scaleDownDisabled: true }],
    ["is kept by nobody", { metadata: { annotations: { [scaleDown]: "false", other: "true" } } }, { scaleDownDisabled: undefined }],
    ["was made, and goes", { metadata: { creationTimestamp: at(1), deletionTimestamp: at(2) } }, { createdAt: ms(1), deletingAt: ms(2) }],
    ["was made, and stays", { metadata: { creationTimestamp: at(1) } }, { createdAt: ms(1), deletingAt: undefined }],
  ]; // prettier-ignore
  for (const [what, changes, expected] of cases)
    it(what, () => {
      const node = see(changes);
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual(node[field as keyof typeof node], value, field);
    });

  it("is none whose taints are no texts", () => {
    for (const odd of [{ value: 7 }, { effect: 7 }, { key: 7 }])
      assert.throws(() => see({ spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule", ...odd }] } }), /^Error: expected a text in taints/); // prettier-ignore
  });

  it("that cannot be read takes nothing", () => {
    assert.deepEqual(unreadableNode({ metadata: { name: "n" } }), {
      ...{ name: "n", cordoned: true, ready: false, createdAt: 0, labels: {}, taints: [], conditions: [] },
      allocatable: { cpu: 0, memory: 0, pods: 0 },
    });
  });

  it("has drivers, and takes as many volumes of each as it says", () => {
    const drivers = [{ name: "a", allocatable: { count: 0 } }, { name: "b" }, { name: "c", allocatable: {} }];
    const { node, registered, attachable } = readDrivers({ metadata: { name: "n" }, spec: { drivers } } as never); // prettier-ignore
    assert.deepEqual([node, [...registered], [...attachable]], ["n", ["a", "b", "c"], [["a", 0]]]);
    assert.equal(readDrivers({ metadata: { name: "n" } } as never).registered.size, 0);
  });
});
