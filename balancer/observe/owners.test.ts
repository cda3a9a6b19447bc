import assert from "node:assert/strict";
import { masterOf, reconcilerOf } from "./owners.ts";

describe("who would undo a move", () => {
  const owner = (apiVersion: string, kind: string, controller = false) => {
    return { apiVersion, kind, name: "x", uid: "u", controller };
  };
  const cases: [what: string, references: ReturnType<typeof owner>[], master: string | undefined][] = [
    ["its controller, of whatever kind", [owner("v1", "ConfigMap", true)], "ConfigMap"],
    ["an operator that is named for the garbage collector", [owner("kafka.strimzi.io/v1", "Kafka")], "Kafka"],
    ["an operator of a sub-project of Kubernetes", [owner("keda.x-k8s.io/v1", "Scaler")], "Scaler"],
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
