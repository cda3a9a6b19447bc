import assert from "node:assert/strict";
import { annotationKeys } from "../state.ts";
import { isMade, tracesOn } from "./traces.ts";

describe("what is left of us on an object", () => {
  const fieldsV1 = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };
  const metadata = { name: "web", namespace: "demo", uid: "u" };
  const placedAt = "spot-balancer/placed-at";
  const ofPods = { template: { metadata: { annotations: { [placedAt]: "t" } } } };
  const made = { ownerReferences: [{ kind: "Deployment", name: "web", uid: "d", controller: true }] };
  const [memory = ""] = annotationKeys;
  const cases: [what: string, metadata: object, spec: object | undefined, traces: string[]][] = [
    ["nothing", {}, undefined, []],
    ["nothing of others", { annotations: { other: "x" }, managedFields: [{ manager: "helm", operation: "Apply", fieldsV1 }] }, {}, []],
    ["fields", { managedFields: [{ manager: "spot-balancer", operation: "Apply" }] }, {}, ["managed fields"]],
    ["nothing of others that a patch of ours has changed", { managedFields: [{ manager: "spot-balancer", operation: "Update" }] }, {}, []],
    ["a placement", { managedFields: [{ manager: "helm" }, { manager: "spot-balancer", operation: "Apply", fieldsV1 }] }, {}, ["placement on spot", "managed fields"]],
    ["annotations, empty ones too", { annotations: { [memory]: "" } }, {}, [`annotation ${memory}`]],
    ["an annotation of its pods", {}, ofPods, [`annotation ${placedAt} of its pods`]],
    ["nothing in an old revision's template, which is history", made, ofPods, []],
    ["annotations that an old revision copied", { ...made, annotations: { [memory]: "x" } }, ofPods, [`annotation ${memory}`]],
    ["an annotation of the pods of one that is merely named by an owner", { ownerReferences: [{ ...made.ownerReferences[0], controller: false }] }, ofPods, [`annotation ${placedAt} of its pods`]],
  ]; // prettier-ignore
  for (const [what, changes, spec, traces] of cases)
    it(`is ${what}`, () => {
      assert.deepEqual(tracesOn({ metadata: { ...metadata, ...changes }, ...(spec && { spec }) }), traces);
    });

  it("was made by a controller where one of its owners is one", () => {
    const other = { kind: "X", name: "x", uid: "x" };
    const is = (ownerReferences?: object[]) => isMade({ metadata: { ...metadata, ...(ownerReferences && { ownerReferences }) } as never }); // prettier-ignore
    assert.deepEqual([is(), is([other]), is([other, ...made.ownerReferences])], [false, false, true]);
  });
});
