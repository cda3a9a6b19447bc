import assert from "node:assert/strict";
import type { Node, NodeSelectorTerm } from "../../model.ts";
import { buildNode } from "../../testing/builders.ts";
import { type Case, decidedFor } from "../../testing/refusals/case.ts";

describe("the architecture of what goes to spot", () => {
  const key = "kubernetes.io/arch";
  const on = (priority: "regular" | "spot", name: string, arch?: string, changes: Partial<Node> = {}) =>
    buildNode(priority, name, {
      ...changes,
      labels: { ...changes.labels, ...(arch !== undefined && { [key]: arch }) },
    });
  const [amd, arm] = [on("regular", "r1", "amd64"), on("spot", "s1", "arm64")];
  const among = (...nodes: Node[]): Case => ({ parts: () => ({ nodes }) });
  const naming = (...terms: string[][]): NodeSelectorTerm[] =>
    terms.map((keys) => keys.map((name) => ({ key: name, operator: "Exists", values: [] })));
  const dedicated = { taints: [{ key: "arm", effect: "NoSchedule" as const }] };

  const cases: [what: string, given: Case, refused: boolean][] = [
    ["is not known, where its pods run on another", among(amd, arm), true],
    ["is not known for one of two", among(amd, on("spot", "s0", "amd64"), arm), true],
    ["is not known, where it is that of nodes which it could not go to either", among(amd, on("regular", "r2", "arm64", dedicated), arm), true],
    ["is not known beside spot nodes that do not say", among(on("spot", "s0"), amd, arm, on("spot", "s2")), true],
    ["is not known of two, of which the first by name is told", among(amd, on("spot", "s2", "s390x"), arm), true],
    ["is not known, in whatever order they come", among(amd, arm, on("spot", "s0", "s390x")), true],
    ["is of no matter where regular nodes do not say", among(on("regular", "r1"), arm), false],
    ["is of no matter where no spot node has it", among(amd, on("spot", "s1", "amd64"), on("regular", "r2", "arm64", dedicated)), false],
    ["is of no matter where it is that of spot nodes which it does not select", { ...among(on("regular", "r1", "amd64", { labels: { disk: "ssd" } }), on("spot", "s0", "amd64", { labels: { disk: "ssd" } }), arm), web: { template: { nodeSelector: { disk: "ssd" } } } }, false],
    ["is that of its pods", among(amd, on("spot", "s1", "amd64")), false],
    ["is of no matter where all nodes have the same", among(on("regular", "r1", "arm64"), arm), false],
    ["is of no matter where no node says", among(on("regular", "r1"), on("spot", "s1")), false],
    ["is known where it was open to it all the time", among(amd, on("regular", "r2", "arm64"), arm), false],
    ["is known where spot was, without a taint", among(amd, on("spot", "s1", "arm64", { taints: [] })), false],
    ["is known where a pod of it runs there", { ...among(amd, arm, on("regular", "r2", "arm64", dedicated)), web: { replicas: 2 }, on: ["r1", "r2"] }, false],
    ["is what each alternative of its node affinity says", { ...among(amd, arm), web: { template: { nodeAffinity: naming([key], ["metadata.name", key]) } } }, false],
    ["is not known where one alternative does not say", { ...among(amd, arm), web: { template: { nodeAffinity: naming([key], ["kubernetes.io/hostname"]) } } }, true],
  ]; // prettier-ignore
  for (const [what, given, refused] of cases)
    it(what, () => {
      const { move, refusal } = decidedFor(given);
      if (!refused) return assert.equal(move?.kind, "ToSpot", refusal?.message);
      assert.equal(refusal?.reason, "NodeAffinity");
      assert.deepEqual(refusal.evidence, { architecture: "arm64" });
      assert.match(refusal.message, /architecture arm64, .* name kubernetes\.io\/arch in its node selector/);
    });

  it("is asked by its old name, too", () => {
    const old = (name: "r1" | "s1", priority: "regular" | "spot", arch: string) =>
      buildNode(priority, name, { labels: { [key]: arch, "beta.kubernetes.io/arch": arch, both: "yes" } });
    const nodes = [old("r1", "regular", "amd64"), old("s1", "spot", "arm64")];
    const nodeAffinity = naming(["beta.kubernetes.io/arch"]);
    assert.equal(
      decidedFor({ ...among(...nodes), web: { template: { nodeAffinity } } }).move?.kind,
      "ToSpot",
    );
  });
});
