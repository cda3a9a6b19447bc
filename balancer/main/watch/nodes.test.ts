import assert from "node:assert/strict";
import type { V1Node } from "@kubernetes/client-node";
import type { Json } from "../../kube/json.ts";
import { buildApiNode } from "../../testing/apiObjects.ts";
import { buildPolicy } from "../../testing/builders.ts";
import { SpotNodes, keptOf } from "./nodes.ts";

type ApiNode = Json<V1Node>;

/** What happens to a node that was ready and is on spot, unless it says otherwise. */
const ready = () => buildApiNode("spot-1", "spot");
const without = (change: (node: ApiNode) => void): ApiNode => {
  const node = ready();
  change(node);
  return node;
};
const condition = (type: string, reason: string, status = "True") =>
  without(({ status: state }) => state!.conditions!.push({ type, reason, status }));
const announced = condition("VMEventScheduled", "Preempt Scheduled");
const cordoned = structuredClone(announced);
cordoned.spec!.unschedulable = true;
const drained = structuredClone(announced);
drained.spec!.taints!.push({ key: "remediator.kubernetes.azure.com/unschedulable", effect: "NoSchedule" });
const notReady = without(({ status }) => (status!.conditions![0]!.status = "Unknown"));
const starting = without((node) => {
  node.status!.conditions![0]!.status = "False";
  node.metadata!.creationTimestamp = new Date().toISOString();
  node.status!.conditions![0]!.lastTransitionTime = node.metadata!.creationTimestamp;
});
const tainted = (key: string) => without(({ spec }) => spec!.taints!.push({ key, effect: "NoSchedule" }));

describe("what the watcher sees of spot nodes", () => {
  const policy = buildPolicy();
  let seen: string[];
  let nodes: SpotNodes;
  const keep = keptOf(policy, Date.now);
  const list = (...found: ApiNode[]) => nodes.listed(found.flatMap((node) => keep(node) ?? []));
  beforeEach(() => {
    seen = [];
    nodes = new SpotNodes(policy, Date.now, { saw: (cause, node) => seen.push(`${cause} ${node}`) });
  });

  const cases: [string, ApiNode[], string[]][] = [
    ["its preemption, the older word", [announced], ["Announced"]],
    ["its preemption, the newer word", [condition("PreemptionScheduled", "SpotEvictionIncoming")], ["Announced"]],
    ["a reboot", [condition("VMEventScheduled", "Reboot Scheduled")], ["Announced"]],
    ["a taint that says so", [tainted("node.kubernetes.io/out-of-service")], ["Announced"]],
    ["a handler that drains it for its preemption", [tainted("aks-node-termination-handler/preempt")], ["Announced"]],
    ["a handler that drains it for a freeze", [tainted("aks-node-termination-handler/freeze")], []],
    ["the same thing again", [announced, structuredClone(announced)], ["Announced"]],
    ["and then takes no pods any more", [announced, cordoned], ["Announced", "Announced"]],
    ["and then is drained for it by AKS", [announced, drained], ["Announced", "Announced"]],
    ["and then goes on taking none", [announced, cordoned, cordoned], ["Announced", "Announced"]],
    ["that it is not ready", [notReady], ["Lost"]],
    ["that it is back", [notReady, ready()], ["Lost", "Came"]],
    ["a freeze", [condition("VMEventScheduled", "Freeze Scheduled")], []],
    ["that nothing is announced", [condition("VMEventScheduled", "", "False")], []],
    ["that the autoscaler removes it", [tainted("ToBeDeletedByClusterAutoscaler")], []],
    ["that somebody drains it", [without(({ spec }) => (spec!.unschedulable = true))], []],
  ]; // prettier-ignore
  for (const [what, changes, causes] of cases)
    it(`of one that tells ${what}`, () => {
      list(ready());
      for (const node of changes) nodes.changed(node);
      assert.deepEqual(seen, causes.map((cause) => `${cause} spot-1`)); // prettier-ignore
    });

  it("of new ones, once they are ready", () => {
    list();
    nodes.changed(starting);
    assert.deepEqual(seen, []);
    nodes.changed(ready());
    nodes.changed(ready());
    assert.deepEqual([seen, nodes.count], [["Came spot-1"], 1]);
  });

  it("of new ones, once pods can go there, and whenever more can", () => {
    list();
    // Of one node: another one, made a millisecond later, would tell that this is lost.
    const creationTimestamp = new Date().toISOString();
    const young = (...keys: string[]) =>
      without((node) => {
        node.metadata!.creationTimestamp = creationTimestamp;
        for (const key of keys) node.spec!.taints!.push({ key, effect: "NoSchedule" });
        node.spec!.taints!.push({ key: "advises", effect: "PreferNoSchedule" });
      });
    nodes.changed(young("node.cluster.x-k8s.io/uninitialized", "example.com/driver"));
    assert.deepEqual(seen, []);
    nodes.changed(young("example.com/driver"));
    nodes.changed(young("example.com/driver"));
    nodes.changed(young());
    nodes.changed(young());
    nodes.changed(young("example.com/driver"));
    assert.deepEqual(seen, ["Came spot-1", "Came spot-1"]);
  });

  it("nothing of taints that go and have kept nobody away: those that advise, and that of spot itself", () => {
    const advised = without(({ spec }) => spec!.taints!.push({ key: "advises", effect: "PreferNoSchedule" }));
    list(advised);
    nodes.changed(ready());
    nodes.changed(without(({ spec }) => (spec!.taints = [])));
    assert.deepEqual([seen, nodes.count], [[], 1]);
  });

  it("of those that vanish, unless that was planned", () => {
    list(ready(), {
      ...tainted("ToBeDeletedByClusterAutoscaler"),
      metadata: buildApiNode("spot-2", "spot").metadata!,
    });
    nodes.gone(buildApiNode("spot-2", "spot"));
    nodes.gone(ready());
    nodes.gone(ready());
    assert.deepEqual([seen, nodes.count], [["Lost spot-1"], 0]);
  });

  it("at first: what is to end is urgent, what is there is not", () => {
    list(buildApiNode("spot-2", "spot"), announced);
    assert.deepEqual(seen, ["Announced spot-1"]);
  });

  it("after a break: what has changed meanwhile", () => {
    list(ready(), buildApiNode("spot-2", "spot"));
    list(buildApiNode("spot-3", "spot"), announced);
    assert.deepEqual(seen, ["Came spot-3", "Announced spot-1", "Lost spot-2"]);
  });

  it("after a break: one that was made anew under its name, unless that was planned", () => {
    const anew = (...taints: string[]) =>
      without(({ metadata, spec }) => {
        metadata!.creationTimestamp = "2026-11-20T12:00:00Z";
        for (const key of taints) spec!.taints!.push({ key, effect: "NoSchedule" });
      });
    list(ready());
    list(anew("DeletionCandidateOfClusterAutoscaler"));
    assert.deepEqual(seen, ["Lost spot-1"]);
    list(without(({ metadata }) => (metadata!.creationTimestamp = "2026-11-21T12:00:00Z")));
    assert.deepEqual(seen, ["Lost spot-1", "Came spot-1"]);
  });

  it("of no others, and of none that it cannot read", () => {
    list(ready());
    const broken = { metadata: ready().metadata!, spec: { taints: 7 } } as unknown as ApiNode;
    for (const node of [buildApiNode("regular-1", "regular"), { metadata: {} }, {}]) nodes.changed(node);
    assert.deepEqual([seen, nodes.count], [[], 1]);
    nodes.changed(broken);
    assert.deepEqual([seen, nodes.count], [["Lost spot-1"], 0]);
  });
});
