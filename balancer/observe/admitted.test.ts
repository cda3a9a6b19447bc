import assert from "node:assert/strict";
import { buildPods, buildPolicy, buildTemplate, buildWorkload, noon } from "../testing/builders.ts";
import { type AdmittedSpec, admittedSpec, withAdmitted, youngestAdmitted } from "./admitted.ts";

const nothing = { nodeSelector: {}, nodeAffinity: [], tolerations: [] };
const context = { namespaces: [], priorityClasses: [], policy: buildPolicy() };
const required = (topologyKey: string) => ({
  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: {} }],
});
const spread = (topologyKey: string) => {
  return { topologyKey, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", labelSelector: {} };
};

describe("what a pod says beside its template", () => {
  const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
  const limited = { resources: { limits: { cpu: "1", memory: "1Ki" } } };
  const kubelets = [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute" }];
  const onlyAffinity = { podAffinity: required("zone") };
  const onlyAntiAffinity = { podAntiAffinity: required("zone") };
  const topologySpreadConstraints = [spread("zone")];
  const cases: [what: string, spec: object, said: object | undefined][] = [
    ["nothing", {}, undefined],
    ["nothing: every pod tolerates as much", { tolerations: kubelets }, undefined],
    ["nothing: it has the usual scheduler", { schedulerName: "default-scheduler" }, undefined],
    ["nothing: nobody counts its limits", { containers: [{ name: "c", ...limited }] }, undefined],
    ["a toleration", { tolerations: [...kubelets, { key: "a" }] }, { tolerations: [{ key: "a" }] }],
    ["a toleration of everything", { tolerations: [{ operator: "Exists" }] }, { tolerations: [{ operator: "Exists" }] }],
    ["a toleration and a node", { tolerations: [{ key: "a" }], affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: "b", operator: "Exists" }] }] } } } }, { tolerations: [{ key: "a" }], nodeAffinity: [[{ key: "b", operator: "Exists", values: [] }]] }],
    ["a node selector", { nodeSelector: { disk: "ssd" } }, { nodeSelector: { disk: "ssd" } }],
    ["a device", { containers: [{ name: "c", ...gpu }] }, { otherResources: ["nvidia.com/gpu"] }],
    ["a scheduler", { schedulerName: "stork" }, { scheduler: "stork" }],
    ["whom it wants near", { affinity: onlyAffinity }, { between: { affinity: onlyAffinity, topologySpreadConstraints: undefined } }],
    ["whom it avoids", { affinity: onlyAntiAffinity }, { between: { affinity: onlyAntiAffinity, topologySpreadConstraints: undefined } }],
    ["how it spreads", { topologySpreadConstraints }, { between: { affinity: undefined, topologySpreadConstraints } }],
  ]; // prettier-ignore
  for (const [what, spec, said] of cases)
    it(`is ${what}`, () => {
      assert.deepEqual(admittedSpec({ containers: [], ...spec }), said && { ...nothing, ...said });
    });

  it("is its limits, where a quota counts them", () => {
    const spec = (rest: object) => ({ containers: [{ name: "c", ...rest }] }) as never;
    assert.deepEqual(admittedSpec(spec(limited), true)?.limits, { cpu: 1000, memory: 1024 });
    assert.equal(admittedSpec(spec({}), true), undefined);
  });
});

describe("the youngest pod of a workload", () => {
  const admitted = (name: string): AdmittedSpec => ({ ...nothing, scheduler: name });
  const pod = (name: string, changes: object) => ({
    pod: { ...buildPods(buildWorkload("web"), ["n"], changes)[0]!, name },
    admitted: admitted(name),
  });
  const cases: [what: string, a: object, b: object, speaks: string | undefined][] = [
    ["the later one", { createdAt: noon }, { createdAt: noon + 1 }, "b"],
    ["the later one, first in the list", { createdAt: noon + 1 }, { createdAt: noon }, "a"],
    ["of two made at once the last by name", {}, {}, "b"],
    ["none that is ending", {}, { createdAt: noon + 1, deletingAt: noon }, "a"],
    ["none that cannot be read", {}, { createdAt: noon + 1, fault: "odd" }, "a"],
    ["nobody, where all are ending", { deletingAt: noon }, { deletingAt: noon }, undefined],
    ["nobody, where it belongs to none", { workload: undefined }, { workload: undefined }, undefined],
  ];
  for (const [what, a, b, speaks] of cases)
    it(`is ${what}, in any order`, () => {
      for (const pods of [
        [pod("a", a), pod("b", b)],
        [pod("b", b), pod("a", a)],
      ])
        // prettier-ignore
        assert.equal(youngestAdmitted(pods).get("Deployment/demo/web")?.scheduler, speaks);
    });
});

describe("a template with what its pods have beside it", () => {
  const ssd = [{ key: "disk", operator: "In", values: ["ssd"] } as const];
  const hdd = [{ key: "disk", operator: "In", values: ["hdd"] } as const];
  const [a, b] = [{ key: "a" }, { key: "b" }];
  const term = (topologyKey: string) => ({ topologyKey, selector: [], namespaces: [] });
  const ours = context.policy.pools.splitLabel;
  const between = {
    affinity: { podAffinity: required("zone"), podAntiAffinity: required("host") },
    topologySpreadConstraints: [spread("zone"), spread(ours)],
  } as never;
  const found = { topologyKey: "zone", maxSkew: 1, selector: [] };
  const cases: [what: string, template: object, admitted: object, expected: object][] = [
    ["adds node selectors up, and the template's value wins", { nodeSelector: { a: "1" } }, { nodeSelector: { a: "2", b: "2" } }, { nodeSelector: { a: "1", b: "2" } }],
    ["has the pods' node affinity, whose terms are alternatives", { nodeAffinity: [ssd] }, { nodeAffinity: [[...hdd]] }, { nodeAffinity: [hdd] }],
    ["keeps its own where they say none", { nodeAffinity: [ssd] }, {}, { nodeAffinity: [ssd] }],
    ["has tolerations once", { tolerations: [a] }, { tolerations: [a, b] }, { tolerations: [a, b] }],
    ["has other resources once, in order", { otherResources: ["b"] }, { otherResources: ["a", "b"] }, { otherResources: ["a", "b"] }],
    ["has one more resource", { otherResources: ["b"] }, { otherResources: ["a"] }, { otherResources: ["a", "b"] }],
    ["keeps its own resources", { otherResources: ["b"] }, {}, { otherResources: ["b"] }],
    ["has the pods' limits", { limits: { cpu: 1, memory: 1 } }, { limits: { cpu: 2, memory: 3 } }, { limits: { cpu: 2, memory: 3 } }],
    ["keeps its own limits", { limits: { cpu: 1, memory: 1 } }, {}, { limits: { cpu: 1, memory: 1 } }],
    ["has the pods' scheduler", {}, { scheduler: "stork" }, { scheduler: "stork" }],
    ["keeps its own scheduler", { scheduler: "own" }, { scheduler: "stork" }, { scheduler: "own" }],
    ["has rules between pods that it lacks, and no split of ours", {}, { between }, { podAffinity: [term("zone")], podAntiAffinity: [term("host")], topologySpread: [found] }],
    ["keeps each sort of rules that it has", { podAffinity: [term("a")], podAntiAffinity: [term("b")], topologySpread: [] }, { between }, { podAffinity: [term("a")], podAntiAffinity: [term("b")], topologySpread: [found] }],
    ["has rules for its own revision", { labels: { app: "web" } }, { between: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "host", labelSelector: {}, matchLabelKeys: ["app"] }] } } } }, { podAntiAffinity: [{ ...term("host"), selector: [{ key: "app", operator: "In", values: ["web"] }] }] }],
    ["keeps its own spread", { topologySpread: [{ ...found, maxSkew: 3 }] }, { between }, { topologySpread: [{ ...found, maxSkew: 3 }] }],
  ]; // prettier-ignore
  for (const [what, template, admitted, expected] of cases)
    it(what, () => {
      const result = withAdmitted(buildTemplate(template), { ...nothing, ...admitted }, context);
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual(result[field as keyof typeof result], value, field);
    });

  it("is itself where they have nothing", () => {
    const template = buildTemplate();
    assert.equal(withAdmitted(template, undefined, context), template);
    const same = withAdmitted(template, nothing, context);
    assert.deepEqual([same.limits, "scheduler" in same], [undefined, false]);
  });
});
