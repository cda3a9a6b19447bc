import assert from "node:assert/strict";
import { isScaleDownDisabled, undisturbed } from "./disturbance.ts";

describe("a pod that asks not to be disturbed", () => {
  const key = "karpenter.sh/do-not-disrupt";
  const start = 1_000_000;
  const cases: [value: string, until: number | undefined][] = [
    ["30m", start + 1_800_000],
    ["1h30m45s", start + 5_445_000],
    ["0.5h", start + 1_800_000],
    ["250ms", start + 250],
    ["1.5s", start + 1500],
  ];
  for (const [value, until] of cases) {
    it(`for ${value} after its start`, () => {
      const asked = { doNotDisturb: `${key}=${value}`, doNotDisturbUntil: until };
      assert.deepEqual(undisturbed({ annotations: { [key]: value } }, start), asked);
      assert.equal(undisturbed({ annotations: { [key]: value } }, undefined)?.doNotDisturbUntil, Infinity);
    });
  }
  for (const [annotation, value, other, where = "annotations"] of [
    ["cluster-autoscaler.kubernetes.io/safe-to-evict", "false", "true"],
    ["karpenter.sh/do-not-evict", "true", "false"],
    ["descheduler.alpha.kubernetes.io/prefer-no-eviction", "", undefined],
    ["autoscaling.cast.ai/removal-disabled", "true", "false"],
    ["autoscaling.cast.ai/removal-disabled", "true", "false", "labels"],
    ["spotinst.io/restrict-scale-down", "true", "false", "labels"],
  ] as const)
    it(`by ${annotation}, of its ${where}`, () => {
      const having = (text: string) => undisturbed({ [where]: { [annotation]: text } }, start);
      assert.deepEqual(having(value), {
        doNotDisturb: `${where === "labels" ? "label " : ""}${annotation}=${value}`,
      });
      if (other) assert.equal(having(other), undefined);
    });

  it("for ever, or not at all", () => {
    const having = (value: string) => undisturbed({ annotations: { [key]: value } }, start);
    assert.deepEqual(having("true"), { doNotDisturb: `${key}=true` });
    for (const value of ["false", "", "soon", "30"]) assert.equal(having(value), undefined);
    assert.equal(undisturbed({ labels: { [key]: "true" } }, start), undefined);
    assert.equal(undisturbed({}, start), undefined);
  });
});

describe("a node that is to stay", () => {
  const cases: [annotations: Record<string, string> | undefined, stays: boolean][] = [
    [{ "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true" }, true],
    [{ "cluster-autoscaler.kubernetes.io/scale-down-disabled": "false" }, false],
    [{ "karpenter.sh/do-not-disrupt": "true" }, true],
    [{ "karpenter.sh/do-not-consolidate": "true" }, true],
    [{ "autoscaling.cast.ai/removal-disabled": "true" }, true],
    [{ "karpenter.sh/do-not-disrupt": "30m" }, false],
    [{ other: "true" }, false],
    [undefined, false],
  ];
  for (const [annotations, stays] of cases)
    it(`${stays ? "says so" : "does not say so"} by ${JSON.stringify(annotations)}`, () =>
      assert.equal(isScaleDownDisabled(annotations), stays));
});
