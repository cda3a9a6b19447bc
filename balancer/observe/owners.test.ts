import assert from "node:assert/strict";
import { controllerOf, masterOf, qualifiedKind, reconcilerOf } from "./owners.ts";

describe("who would undo a move", () => {
  const owner = (apiVersion: string, kind: string, controller = false) => {
    return { apiVersion, kind, name: "x", uid: "u", controller };
  };
  const cases: [what: string, references: ReturnType<typeof owner>[], master: string | undefined][] = [
    ["its controller, of whatever kind", [owner("v1", "ConfigMap", true)], "ConfigMap"],
    ["an operator that is named for the garbage collector", [owner("kafka.strimzi.io/v1", "Kafka")], "Kafka"],
    ["an operator of a sub-project of Kubernetes", [owner("keda.x-k8s.io/v1", "Scaler")], "Scaler"],
    ["the first of two operators", [owner("a.io/v1", "A"), owner("b.io/v1", "B")], "A"],
    ["the controller before others", [owner("a.io/v1", "A"), owner("b.io/v1", "B", true)], "B"],
    ["nobody: a ConfigMap writes nothing", [owner("v1", "ConfigMap")], undefined],
    ["nobody: nor does a Role", [owner("rbac.authorization.k8s.io/v1", "Role")], undefined],
    ["nobody: nor does a Job that has made it", [owner("batch/v1", "Job")], undefined],
    ["nobody at all", [], undefined],
  ];
  for (const [what, references, master] of cases) {
    it(`is ${what}`, () => assert.equal(masterOf(references)?.kind, master));
  }

  it("is who reconciles it by its label: Azure/AKS#771", () => {
    const by = (mode: string) => reconcilerOf({ "addonmanager.kubernetes.io/mode": mode });
    assert.match(by("Reconcile") ?? "", /^the addon manager \(label .*=Reconcile\)$/);
    assert.deepEqual([by("EnsureExists"), reconcilerOf({})], [undefined, undefined]);
  });
});

describe("who controls it", () => {
  const owner = (name: string, controller?: boolean) => ({ apiVersion: "apps/v1", kind: "ReplicaSet", name, uid: `uid-${name}`, ...(controller !== undefined && { controller }) }); // prettier-ignore

  it("is the one that says so, whole", () => {
    assert.deepEqual(controllerOf([owner("a", false), owner("b", true)] as never), { apiVersion: "apps/v1", kind: "ReplicaSet", name: "b", uid: "uid-b" }); // prettier-ignore
    assert.equal(controllerOf([owner("a", false), owner("b")] as never), undefined);
    assert.equal(controllerOf([null, { ...owner("a"), controller: "true" }] as never), undefined);
    assert.equal(controllerOf(undefined), undefined);
  });

  it("is told by texts only", () => {
    for (const [field, got] of [["kind", 7], ["name", {}], ["uid", []], ["apiVersion", true]] as const) // prettier-ignore
      assert.throws(() => controllerOf([{ ...owner("a", true), [field]: got }] as never), new RegExp(`expected a text in ownerReferences.${field}, got ${typeof got}`)); // prettier-ignore
    assert.throws(() => controllerOf({} as never), /expected a list in ownerReferences/);
  });

  const kinds: [kind: string, apiVersion: string | undefined, expected: string][] = [
    ["Deployment", "apps/v1", "Deployment"],
    ["Deployment", "extensions/v1beta1", "Deployment"],
    ["Deployment", undefined, "Deployment"],
    ["Deployment", "v1", "Deployment.core"],
    ["StatefulSet", "apps.kruise.io/v1beta1", "StatefulSet.apps.kruise.io"],
    ["ReplicaSet", "x.io/v1", "ReplicaSet.x.io"],
    ["Job", "batch/v1", "Job"],
    ["constructor", "apps/v1", "constructor"],
  ];
  for (const [kind, apiVersion, expected] of kinds)
    it(`is ${expected}, as ${kind} of ${apiVersion}`, () =>
      assert.equal(qualifiedKind(kind, apiVersion), expected));
});
