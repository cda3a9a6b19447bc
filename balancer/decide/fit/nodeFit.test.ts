// Which nodes a template may go to at all, by itself: taints it bears, labels it asks for.
import assert from "node:assert/strict";
import type { PodTemplate, Taint, Toleration } from "../../model.ts";
import { buildNode, buildTemplate } from "../../testing/builders.ts";
import { volumes, zone } from "../../testing/refusals/case.ts";
import { isAdvisedAgainst, nodeFit, toleratesTaints } from "./nodeFit.ts";

describe("a taint is borne", () => {
  const gpu: Taint = { key: "gpu", value: "a", effect: "NoSchedule" };
  const cases: [what: string, Toleration, Taint, borne: boolean][] = [
    ["by its key and value", { key: "gpu", operator: "Equal", value: "a" }, gpu, true],
    ["not with another value", { key: "gpu", operator: "Equal", value: "b" }, gpu, false],
    ["not with another key", { key: "cpu", operator: "Equal", value: "a" }, gpu, false],
    ["with any value", { key: "gpu", operator: "Exists" }, gpu, true],
    ["not with any value of another key", { key: "cpu", operator: "Exists" }, gpu, false],
    ["by who bears everything", { operator: "Exists" }, gpu, true],
    ["by who bears everything, spelled out", { key: "", operator: "Exists" }, gpu, true],
    ["not by a value without a key", { operator: "Equal", value: "a" }, gpu, false],
    ["without a value where it has none", { key: "gpu", operator: "Equal" }, { ...gpu, value: undefined }, true],
    ["without a value where it has an empty one", { key: "gpu", operator: "Equal" }, { ...gpu, value: "" }, true],
    ["with an empty value where it has none", { key: "gpu", operator: "Equal", value: "" }, { ...gpu, value: undefined }, true],
    ["without a value not where it has one", { key: "gpu", operator: "Equal" }, gpu, false],
    ["by a value below its own", { key: "sla", operator: "Gt", value: "900" }, { ...gpu, key: "sla", value: "950" }, true],
    ["not by a value that is its own", { key: "sla", operator: "Gt", value: "950" }, { ...gpu, key: "sla", value: "950" }, false],
    ["by a value above its own", { key: "sla", operator: "Lt", value: "960" }, { ...gpu, key: "sla", value: "950" }, true],
    ["not by a value that is its own, either", { key: "sla", operator: "Lt", value: "950" }, { ...gpu, key: "sla", value: "950" }, false],
    ["not by a number where it has a word", { key: "sla", operator: "Gt", value: "900" }, { ...gpu, key: "sla", value: "high" }, false],
    ["in what it does", { key: "gpu", operator: "Exists", effect: "NoSchedule" }, gpu, true],
    ["for some seconds, where what runs may stay", { key: "gpu", operator: "Exists", tolerationSeconds: 60 }, gpu, true],
    ["not for some seconds only, where what runs must go", { key: "gpu", operator: "Exists", tolerationSeconds: 60 }, { ...gpu, effect: "NoExecute" }, false],
    ["for ever, where what runs must go", { key: "gpu", operator: "Exists" }, { ...gpu, effect: "NoExecute" }, true],
    ["not in what it does else", { key: "gpu", operator: "Exists", effect: "NoExecute" }, gpu, false],
  ] as [string, Toleration, Taint, boolean][]; // prettier-ignore
  for (const [what, toleration, taint, borne] of cases)
    it(what, () => {
      const template = buildTemplate({ tolerations: [toleration] });
      const node = (effect: Taint["effect"]) => buildNode("regular", "n", { taints: [{ ...taint, effect }] });
      assert.equal(toleratesTaints(template, node(taint.effect)), borne);
      // One that only advises keeps nobody away, and is told to who does not bear it.
      const bearsAdvice =
        (borne || toleration.tolerationSeconds !== undefined) && toleration.effect === undefined;
      const advises = node("PreferNoSchedule");
      assert.deepEqual([toleratesTaints(template, advises), isAdvisedAgainst(template, advises)], [true, !bearsAdvice]); // prettier-ignore
      assert.equal(isAdvisedAgainst(template, node(taint.effect)), false);
    });

  it("by one toleration each, all of them", () => {
    const both = buildNode("regular", "n", { taints: [gpu, { ...gpu, key: "b" }] });
    const bears = (...keys: string[]) =>
      toleratesTaints(buildTemplate({ tolerations: keys.map((key) => ({ key, operator: "Exists" })) }), both);
    assert.deepEqual([bears("gpu"), bears("b", "gpu")], [false, true]);
  });
});

describe("nodes that differ in one thing only are judged each by itself:", () => {
  const wants = { key: "disk", operator: "In" as const, values: ["ssd"] };
  const demands = [{ key: "rack", operator: "In" as const, values: ["7"] }];
  const cases: [what: string, Partial<PodTemplate>, bad: object, good: object][] = [
    ["a selected label", { nodeSelector: { disk: "ssd" } }, { disk: "hdd" }, { disk: "ssd" }],
    ["a selected label that is not there", { nodeSelector: { disk: "ssd" } }, {}, { disk: "ssd" }],
    ["a label of required affinity", { nodeAffinity: [[wants]] }, { disk: "hdd" }, { disk: "ssd" }],
    ["the zone of its volumes", { volumes: { ...volumes, zones: ["b", "c"] } }, { [zone]: "a" }, { [zone]: "b" }],
    ["what its volumes demand", { volumes: { ...volumes, demands } }, { rack: "6" }, { rack: "7" }],
  ]; // prettier-ignore
  it("a CSI driver that its volumes need", () => {
    const node = (lacksDrivers?: string[]) => buildNode("regular", "n", { lacksDrivers });
    const fit = nodeFit(buildTemplate({ volumes: { ...volumes, drivers: ["disk", "secrets"] } }));
    const found = [node(["secrets"]), node(["file"]), node(), node(["disk"])].map(fit);
    assert.deepEqual(found, ["VolumeDriver", undefined, undefined, "VolumeDriver"]);
    assert.equal(nodeFit(buildTemplate())(node(["disk"])), undefined);
  });

  for (const [what, template, bad, good] of cases)
    it(what, () => {
      const node = (labels: object) => buildNode("regular", "n", { labels: { ...labels } });
      const fits = (list: object[]) => list.map((labels) => nodeFitOf(labels) === undefined);
      const fit = nodeFit(buildTemplate(template));
      const nodeFitOf = (labels: object) => fit(node(labels));
      assert.deepEqual(fits([bad, good, bad, good]), [false, true, false, true]);
    });

  it("the taints' keys, values and effects", () => {
    const bears = { key: "a", operator: "Equal", value: "1", effect: "NoSchedule" } as const;
    const fit = nodeFit(buildTemplate({ tolerations: [bears] }));
    const of = (...taints: Taint[]) => fit(buildNode("regular", "n", { taints }));
    const good: Taint = { key: "a", value: "1", effect: "NoSchedule" };
    assert.equal(of(good), undefined);
    assert.equal(of({ ...good, key: "b" }), "Taints");
    assert.equal(of({ ...good, value: "2" }), "Taints");
    assert.equal(of({ ...good, effect: "NoExecute" }), "Taints");
    assert.equal(of(good, { ...good, value: "2" }), "Taints");
    assert.equal(of(good), undefined);
  });

  it("and the first that stands against one is told", () => {
    const template = buildTemplate({ nodeSelector: { disk: "ssd" }, volumes: { ...volumes, zones: ["b"] } });
    const fit = nodeFit(template);
    const of = (labels: object, taints: Taint[] = []) => fit(buildNode("regular", "n", { labels: { ...labels }, taints })); // prettier-ignore
    const taint: Taint = { key: "a", effect: "NoSchedule" };
    assert.deepEqual(
      [of({}, [taint]), of({ disk: "ssd" }, [taint]), of({ disk: "ssd" }), of({ disk: "ssd", [zone]: "b" })],
      ["NodeAffinity", "Taints", "VolumeZone", undefined],
    );
  });
});
