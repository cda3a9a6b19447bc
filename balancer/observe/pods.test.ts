import assert from "node:assert/strict";
import { buildApiPod } from "../testing/apiObjects.ts";
import { type ObservedPod, podReader } from "./pods.ts";

const context = { namespaces: [], priorityClasses: [], limited: new Set(["limited"]) };
type Changes = { metadata?: object; spec?: object; status?: object };
const raw = ({ metadata, spec, status }: Changes, name = "web") => {
  const pod = buildApiPod(name, "n");
  return {
    metadata: { ...pod.metadata, ...metadata },
    spec: { ...pod.spec, ...spec },
    status: { ...pod.status, ...status },
  } as never;
};
const see = (changes: Changes) => podReader(context).read(raw(changes));

describe("a pod as it is seen", () => {
  const at = "2026-01-01T00:05:00Z";
  const scheduled = (status: string, reason?: string, message?: string) => ({ conditions: [{ type: "PodScheduled", status, reason, message, lastTransitionTime: at }] }); // prettier-ignore
  const noRoom = "0/1 nodes are available: 1 node(s) had untolerated taint {a: b}.";
  const bare = { ownerReferences: [] };
  const antiAffinity = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", labelSelector: {} }] } } }; // prettier-ignore
  const repels = [{ topologyKey: "zone", selector: [], namespaces: [] }];
  const patient = { "karpenter.sh/do-not-disrupt": "1m" };
  const cases: [what: string, changes: Changes, expected: Partial<ObservedPod["pod"]>][] = [
    ["runs on its node", {}, { nodeName: "n", ready: true, pending: undefined, gated: undefined, mirror: undefined, asks: undefined, hostPorts: undefined }],
    ["has no node yet", { spec: { nodeName: "" }, status: { phase: "Pending" } }, { nodeName: undefined, pending: undefined }],
    ["starts on its node", { status: { phase: "Pending", conditions: [] } }, { pending: true, ready: false }],
    ["is not ready", { status: { conditions: [{ type: "Ready", status: "False" }] } }, { ready: false }],
    ["is not ready for its containers being so", { status: { conditions: [{ type: "ContainersReady", status: "True" }] } }, { ready: false }],
    ["waits since then, and room would help", { status: scheduled("False", "Unschedulable") }, { unschedulableSince: Date.parse(at), needsNoRoom: undefined }],
    ["waits since then, and room would not help", { status: scheduled("False", "Unschedulable", noRoom) }, { unschedulableSince: Date.parse(at), needsNoRoom: true, asks: undefined }],
    ["waits for the room on a node that others leave", { spec: { nodeName: "" }, status: { ...scheduled("False", "Unschedulable"), nominatedNodeName: "n9" } }, { nominatedTo: "n9" }],
    ["has what it waited for", { status: { nominatedNodeName: "n9" } }, { nodeName: "n", nominatedTo: undefined }],
    ["waits for none", { spec: { nodeName: "" }, status: { ...scheduled("False", "Unschedulable"), nominatedNodeName: "" } }, { nominatedTo: undefined }],
    ["waits at a gate, which is not for room", { spec: { schedulingGates: [{ name: "g" }] }, status: scheduled("False", "SchedulingGated", noRoom) }, { unschedulableSince: undefined, needsNoRoom: undefined, gated: true }],
    ["waits, whatever else is not so", { status: { conditions: [{ type: "Initialized", status: "False" }, ...scheduled("False", "Unschedulable").conditions] } }, { unschedulableSince: Date.parse(at) }],
    ["waits no more", { status: scheduled("True", "Unschedulable", noRoom) }, { unschedulableSince: undefined, needsNoRoom: undefined }],
    ["waits, and asks for itself where it has no owner", { metadata: bare, spec: { nodeSelector: { a: "b" } }, status: scheduled("False", "Unschedulable") }, { asks: { nodeSelector: { a: "b" }, nodeAffinity: [], tolerations: [] } }],
    ["asks for nothing while it runs", { metadata: bare, spec: { nodeSelector: { a: "b" } } }, { asks: undefined }],
    ["repels others, of itself where it has no owner", { metadata: bare, spec: antiAffinity }, { podAntiAffinity: repels }],
    ["repels others of its revision, by its own labels", { metadata: bare, spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", labelSelector: {}, matchLabelKeys: ["app"] }] } } } }, { podAntiAffinity: [{ ...repels[0]!, selector: [{ key: "app", operator: "In", values: ["web"] }] }] }],
    ["repels by its template where it has an owner", { spec: antiAffinity }, { podAntiAffinity: undefined }],
    ["is its node's own", { metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } }, { mirror: true }],
    ["counts as a DaemonSet's for the autoscaler", { metadata: { annotations: { "cluster-autoscaler.kubernetes.io/daemonset-pod": "true" } } }, { onEachNode: true }],
    ["does not count as one", { metadata: { annotations: { "cluster-autoscaler.kubernetes.io/daemonset-pod": "false" } } }, { onEachNode: undefined }],
    ["is left alone for a time after its start, not after it was made", { metadata: { annotations: patient }, status: { startTime: at } }, { doNotDisturbUntil: Date.parse(at) + 60_000 }],
    ["was made, and ends", { metadata: { creationTimestamp: at, deletionTimestamp: "2026-01-01T00:06:00Z" } }, { createdAt: Date.parse(at), deletingAt: Date.parse(at) + 60_000 }],
    ["has ports of its node", { spec: { hostNetwork: true, containers: [{ name: "c", ports: [{ containerPort: 7 }] }] } }, { hostPorts: [7] }],
  ]; // prettier-ignore
  for (const [what, changes, expected] of cases)
    it(what, () => {
      const { pod } = see(changes)!;
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual(pod[field as keyof typeof pod], value, field);
    });

  it("is none that has ended, or that says nothing", () => {
    for (const phase of ["Succeeded", "Failed"]) assert.equal(see({ status: { phase } }), undefined);
    assert.notEqual(see({ status: { phase: "Unknown" } }), undefined);
    assert.equal(podReader(context).read({ metadata: { name: "a", namespace: "b" } }), undefined);
  });

  const sidecar = { name: "s", restartPolicy: "Always" };
  const ended = (name: string) => ({ name, state: { terminated: { exitCode: 0 } } });
  const containers: [what: string, changes: Changes, count: number][] = [
    ["each", { spec: { containers: [{ name: "a" }, { name: "b" }] } }, 2],
    ["sidecars, and no other init container", { spec: { initContainers: [sidecar, { name: "i" }] } }, 2],
    ["one that has ended and will be started again", { status: { containerStatuses: [ended("main")] } }, 1],
    ["none that has ended for good", { spec: { containers: [{ name: "a" }, { name: "b", restartPolicy: "Never" }] }, status: { containerStatuses: [{ name: "a", state: { running: {} } }, { name: "b" }, ended("b")] } }, 1],
    ["one that is not to be started again, while it runs", { spec: { containers: [{ name: "a" }, { name: "b", restartPolicy: "Never" }] }, status: { containerStatuses: [ended("a"), { name: "b", state: { running: {} } }] } }, 2],
    ["debuggers that run", { status: { ephemeralContainerStatuses: [{ name: "d", state: { running: {} } }, ended("e"), { name: "f" }] } }, 2],
  ]; // prettier-ignore
  for (const [what, changes, count] of containers)
    it(`has rates of ${what}`, () => assert.equal(see(changes)?.containers, count));

  it("has its node's traffic on its node's network only", () => {
    assert.equal(see({ spec: { hostNetwork: true } })?.hostNetwork, true);
    assert.equal(see({})?.hostNetwork, false);
  });

  it("says what admission gave it, and its limits where a quota of its namespace counts them", () => {
    const containers = [{ name: "c", resources: { limits: { cpu: "1" } } }];
    assert.equal(see({ spec: { containers } })?.admitted, undefined);
    const limited = see({ metadata: { namespace: "limited" }, spec: { containers } });
    assert.deepEqual(limited?.admitted?.limits, { cpu: 1000, memory: 0 });
    assert.equal(see({ metadata: bare, spec: { nodeSelector: { a: "b" } } })?.admitted, undefined);
  });
});

describe("pods together", () => {
  const owner = (kind: string, uid: string, controller = true) => ({ ownerReferences: [{ apiVersion: "x/v1", kind, name: "o", uid, controller }] }); // prettier-ignore

  it("share what is the same of them, and nothing else", () => {
    const { read } = podReader(context);
    const more = { spec: { nodeSelector: { a: "b" } } };
    const [a, b, c] = [read(raw(more)), read(raw(more)), read(raw({ metadata: { labels: { app: "x" } } }))];
    assert.equal(a?.pod.labels, b?.pod.labels);
    assert.equal(a?.admitted, b?.admitted);
    assert.deepEqual(c?.pod.labels, { app: "x" });
  });

  it("keep the first of each controller that is not listed itself", () => {
    const { read, firstOfOwner } = podReader(context);
    const daemon = (name: string, uid: string) => read(raw({ metadata: owner("DaemonSet", uid) }, name));
    for (const [name, uid] of [["a", "1"], ["b", "1"], ["c", "2"]] as const) daemon(name, uid); // prettier-ignore
    read(raw({}));
    read(raw({ metadata: { ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "s", uid: "3", controller: true }] } })); // prettier-ignore
    read(raw({ metadata: owner("Tool", "4", false) }));
    const kept = [...firstOfOwner].map(([uid, { metadata }]) => [uid, metadata?.name]);
    assert.deepEqual(kept, [["1", "a-1"], ["2", "c-1"]]); // prettier-ignore
  });

  it("that cannot be read keep what can be: name, labels, owner, node", () => {
    const broken = see({ spec: { tolerations: 7, initContainers: 7 } })!;
    assert.match(broken.pod.fault ?? "", /^pod web-1 cannot be read: expected a list in initContainers/);
    const { pod, owner, ...rest } = broken;
    assert.deepEqual(pod.labels, { app: "web", "pod-template-hash": "7d9f" });
    assert.deepEqual([owner?.kind, pod.nodeName, pod.ready, pod.requests], ["ReplicaSet", "n", false, { cpu: 0, memory: 0 }]); // prettier-ignore
    assert.deepEqual(rest, { claimNames: [], drivers: [], containers: 1, hostNetwork: false });
    const mirror = { annotations: { "kubernetes.io/config.mirror": "x" } };
    assert.equal(see({ metadata: mirror, spec: { initContainers: 7 } })?.pod.mirror, true);
    assert.equal(see({ spec: { nodeName: 7 } })?.pod.nodeName, undefined);
    assert.deepEqual(see({ metadata: { labels: 7 } })?.pod.labels, {});
    const odd = see({ metadata: { ownerReferences: [{ controller: true, kind: 7 }] } });
    assert.deepEqual([odd?.owner, odd?.pod.fault !== undefined], [undefined, true]);
  });
});
