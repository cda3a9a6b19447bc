import assert from "node:assert/strict";
import {
  overwrittenFields,
  placedAt,
  presentPlacement,
  spotPlacement,
  withoutPlacement,
} from "./placement.ts";
import { buildPolicy } from "./testing/builders.ts";

describe("a placement in a pod template", () => {
  const policy = buildPolicy();
  const { tolerations: ours, affinity } = spotPlacement(policy);
  const [preference] = affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  const theirs = { key: "theirs", operator: "Exists" };
  const other = { weight: 1, preference: { matchExpressions: [] } };
  const preferring = (...terms: object[]) => ({ nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } }); // prettier-ignore
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } };
  const template = (spec: object, annotations: object = { [placedAt]: "t" }) => ({ metadata: { annotations }, spec: { containers: [], ...spec } }) as never; // prettier-ignore

  it("tolerates spot's taint, if it has one, and prefers each of its labels", () => {
    const none = spotPlacement(buildPolicy("pools: { spot: { taint: null, nodeLabels: { a: b, c: d } } }"));
    const littleUse = { key: "DeletionCandidateOfClusterAutoscaler", operator: "Exists", effect: "PreferNoSchedule" }; // prettier-ignore
    assert.deepEqual(none.tolerations, [littleUse]);
    assert.deepEqual(none.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution, [
      { weight: 100, preference: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }, { key: "c", operator: "In", values: ["d"] }] } },
    ]); // prettier-ignore
    const spot = { key: "kubernetes.azure.com/scalesetpriority", operator: "Equal", value: "spot", effect: "NoSchedule" }; // prettier-ignore
    assert.deepEqual(ours, [spot, littleUse]);
  });

  const all = { tolerations: ours, affinity };
  const cases: [what: string, spec: object, present: [tolerations: boolean, affinity: boolean, mixed: boolean], overwritten: string[]][] = [
    ["whole", all, [true, true, false], []],
    ["among others' tolerations", { ...all, tolerations: [theirs, ...ours] }, [true, true, true], []],
    ["among others' preferences", { ...all, affinity: preferring(other, preference!) }, [true, true, true], []],
    ["among others' tolerations and preferences", { tolerations: [theirs, ...ours], affinity: preferring(other, preference!) }, [true, true, true], []],
    ["beside what others demand", { ...all, affinity: { nodeAffinity: { ...affinity.nodeAffinity, ...required } } }, [true, true, true], []],
    ["without its preference", { tolerations: ours, affinity: preferring(other) }, [true, false, true], ["affinity.nodeAffinity"]],
    ["without its tolerations", { tolerations: [theirs], affinity }, [false, true, true], ["tolerations"]],
    ["gone", {}, [false, false, false], ["tolerations", "affinity.nodeAffinity"]],
    ["in part: one of its tolerations", { tolerations: ours.slice(0, 1), affinity }, [true, true, false], ["tolerations"]],
  ]; // prettier-ignore
  for (const [what, spec, [tolerations, isPreferred, mixed], overwritten] of cases)
    it(`is there ${what}`, () => {
      const present = presentPlacement(template(spec), policy);
      assert.deepEqual(present, { tolerations, affinity: isPreferred, mixed });
      assert.deepEqual(overwrittenFields(template(spec), policy), overwritten);
    });

  it("is none of ours without our mark", () => {
    for (const each of [undefined, {}, { metadata: {} }, template(all, { other: "x" })])
      assert.equal(presentPlacement(each as never, policy), undefined);
    assert.deepEqual(overwrittenFields(undefined, policy), ["tolerations", "affinity.nodeAffinity"]);
  });

  const spread = (changes: object) => ({ topologyKey: policy.pools.splitLabel, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", nodeTaintsPolicy: "Honor", matchLabelKeys: ["h"], ...changes }); // prettier-ignore
  const near = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } };
  const removed: [what: string, spec: object, left: object][] = [
    ["all of it", all, { tolerations: null, affinity: null, topologySpreadConstraints: null }],
    ["nothing, where nothing is there", {}, { tolerations: null, affinity: null, topologySpreadConstraints: null }],
    ["its tolerations from among others", { tolerations: [theirs, ...ours] }, { tolerations: [theirs] }],
    ["its preference from among others", { affinity: preferring(other, preference!) }, { affinity: preferring(other) }],
    ["no affinity of pods", { affinity: { ...affinity, ...near } }, { affinity: { nodeAffinity: null } }],
    ["nothing that is demanded", { affinity: { nodeAffinity: { ...affinity.nodeAffinity, ...required } } }, { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: null } } }],
    ["its split", { topologySpreadConstraints: [spread({}), spread({ topologyKey: "zone" })] }, { topologySpreadConstraints: [spread({ topologyKey: "zone" })] }],
    ["no split that merely wishes", { topologySpreadConstraints: [spread({ whenUnsatisfiable: "ScheduleAnyway" })] }, { topologySpreadConstraints: [spread({ whenUnsatisfiable: "ScheduleAnyway" })] }],
    ["no split that ignores taints", { topologySpreadConstraints: [spread({ nodeTaintsPolicy: "Ignore" })] }, { topologySpreadConstraints: [spread({ nodeTaintsPolicy: "Ignore" })] }],
    ["no split of two labels, or none", { topologySpreadConstraints: [spread({ matchLabelKeys: ["a", "b"] }), spread({ matchLabelKeys: undefined })] }, { topologySpreadConstraints: [spread({ matchLabelKeys: ["a", "b"] }), spread({ matchLabelKeys: undefined })] }],
  ]; // prettier-ignore
  for (const [what, spec, left] of removed)
    it(`taken out is ${what}`, () => {
      const patch = withoutPlacement(template(spec), policy) as { metadata: object; spec: Record<string, unknown> }; // prettier-ignore
      assert.deepEqual(patch.metadata, { annotations: { [placedAt]: null } });
      for (const [field, value] of Object.entries(left)) assert.deepEqual(patch.spec[field], value, field);
    });
});
