import assert from "node:assert/strict";
import { emptyTemplate } from "../model.ts";
import { buildApiDeployment, buildApiPod } from "../testing/apiObjects.ts";
import { buildPolicy } from "../testing/builders.ts";
import { deploymentReader, replicaSetReader, statefulSetReader, unlistedController } from "./workloads.ts";

const context = { namespaces: [], priorityClasses: [], limited: new Set<string>(), policy: buildPolicy() };
const readers = {
  Deployment: deploymentReader(context),
  StatefulSet: statefulSetReader(context),
  ReplicaSet: replicaSetReader(context),
};
type Kind = keyof typeof readers;
type Changes = { metadata?: object; spec?: object | undefined; status?: object | undefined };
const kinds = Object.keys(readers) as Kind[];
const observed = (kind: Kind, changes: Changes) => {
  const { metadata, spec, status } = buildApiDeployment("web");
  const merged = (own: object | undefined, key: keyof Changes) =>
    key in changes && changes[key] === undefined ? undefined : { ...own, ...changes[key] };
  const raw = {
    metadata: merged(metadata, "metadata"),
    spec: merged(spec, "spec"),
    status: merged(status, "status"),
  };
  return readers[kind](raw as never)!;
};
const see = (kind: Kind, changes: Changes = {}) => observed(kind, changes).workload;

describe("a workload as it is seen", () => {
  const never = { type: "OnDelete", maxSurge: 0, maxUnavailable: 0 } as const;
  const failing = (status: string, message: unknown = "exceeded quota: q") => ({
    conditions: [
      { type: "Progressing", status: "True", message: "gets on" },
      { type: "ReplicaFailure", status, message },
    ],
  });
  const counted = { generation: 7, observedGeneration: 6, replicas: 5, updated: 4, available: 3 };
  const counts: Changes = {
    metadata: { generation: 7 },
    status: { observedGeneration: 6, replicas: 5, updatedReplicas: 4, availableReplicas: 3 },
  };
  const nothing = { generation: 0, observedGeneration: 0, replicas: 0, updated: 0, available: 0 };
  const cases: [what: string, kind: Kind, changes: Changes, expected: Partial<ReturnType<typeof see>>][] = [
    ["is a Deployment's, with what its controller counts", "Deployment", counts, { status: counted, deletingAt: undefined, controlledBy: undefined }],
    ["is a StatefulSet's, with what its controller counts", "StatefulSet", counts, { status: counted }],
    ["is a ReplicaSet's: all of its pods are of its template", "ReplicaSet", counts, { status: { ...counted, updated: 5 }, update: never }],
    ["is what its namespace, name, uid and labels say", "Deployment", {}, { kind: "Deployment", namespace: "demo", name: "web", uid: "uid-web", labels: { app: "web" } }],
    ["gives its rollout ten minutes by default", "Deployment", {}, { progressDeadline: 600_000 }],
    ["gives its rollout as long as it says", "Deployment", { spec: { progressDeadlineSeconds: 7 } }, { progressDeadline: 7000 }],
    ["is paused", "Deployment", { spec: { paused: true } }, { paused: true }],
    ["is not paused", "Deployment", { spec: { paused: false } }, { paused: undefined }],
    ["is held back by a partition", "StatefulSet", { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } }, { paused: true }],
    ["is held back by no partition", "StatefulSet", { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }, { paused: undefined }],
    ["fails, in its controller's words", "Deployment", { status: failing("True") }, { status: { ...nothing, generation: 1, observedGeneration: 1, replicas: 1, updated: 1, available: 1, failure: "exceeded quota: q" } }],
    ["fails in few words", "Deployment", { status: failing("True", `${"a".repeat(200)}b`) }, { status: { ...nothing, generation: 1, observedGeneration: 1, replicas: 1, updated: 1, available: 1, failure: "a".repeat(200) } }],
    ["fails no more", "Deployment", { status: failing("False") }, { status: { ...nothing, generation: 1, observedGeneration: 1, replicas: 1, updated: 1, available: 1 } }],
    ["fails without a word", "Deployment", { status: failing("True", 7) }, { status: { ...nothing, generation: 1, observedGeneration: 1, replicas: 1, updated: 1, available: 1 } }],
    ["ends", "Deployment", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }, { deletingAt: Date.UTC(2026, 0, 1) }],
    ["is somebody's", "ReplicaSet", { metadata: { ownerReferences: [{ apiVersion: "x/v1", kind: "Rollout", name: "r", uid: "u", controller: true }] } }, { controlledBy: "Rollout/r" }],
  ]; // prettier-ignore
  for (const [what, kind, changes, expected] of cases)
    it(what, () => {
      const workload = see(kind, changes);
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual(workload[field as keyof typeof workload], value, field);
    });

  for (const kind of kinds) {
    it(`wants one replica where a ${kind} does not say, and has none yet where its controller does not`, () => {
      const { replicas, status } = see(kind, { spec: { replicas: undefined }, status: undefined });
      assert.deepEqual([replicas, status], [1, { ...nothing, generation: 1 }]);
      assert.equal(see(kind, { spec: { replicas: 0 } }).replicas, 0);
    });

    it(`is known by its name alone where a ${kind} cannot be read`, () => {
      const { fault, ...rest } = see(kind, { spec: { replicas: "many" } });
      assert.match(
        fault ?? "",
        new RegExp(`^the ${kind} cannot be read: expected a whole number in replicas`),
      );
      assert.deepEqual(rest, {
        ...{ kind, namespace: "demo", name: "web", uid: "uid-web", labels: {} },
        ...{ placement: "regular", replicas: 0, status: nothing, update: never, template: emptyTemplate },
      });
      assert.deepEqual(observed(kind, { spec: { replicas: "many" } }).claims, { shared: [], perReplica: [] });
      assert.equal(see(kind, { metadata: { uid: undefined }, spec: { replicas: -1 } }).uid, "");
    });
  }

  it("of which nothing is known but its pods is their number and template", () => {
    const owner = { apiVersion: "x/v1", kind: "Tool", name: "t", uid: "u" };
    const { workload } = unlistedController(owner, buildApiPod("web", "n"), context);
    const { template, ...rest } = workload;
    assert.deepEqual(rest, {
      ...{ kind: "Tool", namespace: "demo", name: "t", uid: "u", placement: "regular", replicas: 1 },
      labels: { app: "web", "pod-template-hash": "7d9f" },
      status: { generation: 0, observedGeneration: 0, replicas: 1, updated: 1, available: 1 },
      update: never,
    });
    assert.equal(template.requests.cpu > 0, true);
    const bare = buildApiPod("web", "n");
    delete bare.metadata!.labels;
    assert.deepEqual(unlistedController(owner, bare, context).workload.labels, {});
  });
});
