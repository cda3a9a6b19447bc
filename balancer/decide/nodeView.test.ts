import assert from "node:assert/strict";
import { buildNode, buildPolicy } from "../testing/builders.ts";
import { priorityOf } from "./nodeView.ts";

describe("what a node is to the balancer", () => {
  const all = buildPolicy("{ namespaces: { demo: }, pools: { regular: { nodeLabels: {} } } }");
  const taintOf = (effect: "NoSchedule" | "PreferNoSchedule") =>
    buildNode("system", "n", { taints: [{ key: "node-role.kubernetes.io/control-plane", effect }] });

  it("is regular by its labels, or by being no spot node where policy names none", () => {
    const system = buildNode("system", "n");
    assert.equal(priorityOf(system, buildPolicy()), undefined);
    assert.equal(priorityOf(system, all), "regular");
    assert.equal(priorityOf(buildNode("spot", "n"), all), "spot");
  });

  it("is not regular when it is of a control plane that keeps pods away", () => {
    assert.equal(priorityOf(taintOf("NoSchedule"), all), undefined);
    assert.equal(priorityOf(taintOf("PreferNoSchedule"), all), "regular");
  });
});
