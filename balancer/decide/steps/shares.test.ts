import assert from "node:assert/strict";
import { buildNode, buildWorkload } from "../../testing/builders.ts";
import { planFor, running } from "../../testing/deciding.ts";

describe("what policy no longer wants on spot", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
  const placed = (name: string, tier = "standard") =>
    buildWorkload(name, { placement: "spot", labels: { "spot-balancer/tier": tier } });
  const cluster = { nodes, ...running([placed("a"), ["s1"]], [placed("b", "low"), ["s1"]]) };
  const movesUnder = (rule: string) =>
    planFor(cluster, `namespaces: { demo: ${rule} }`).moves.map(
      ({ workload, kind, reason, message }) => `${kind} ${workload.name} ${reason}: ${message}`,
    );
  const said = (rule: string) =>
    planFor(cluster, `namespaces: { demo: ${rule} }`).refusals.map(
      ({ reason, message }) => `${reason}: ${message}`,
    );

  it("comes back as far as its share is too large, most important first", () => {
    const share = "of the namespace's replicas are on spot, at most";
    assert.deepEqual(movesUnder("{ maxSpotShare: 0.5 }"), [
      `ToRegular a NoLongerAllowed: 100 % ${share} 50 % may`,
    ]);
    assert.deepEqual(movesUnder("{ maxSpotShare: 0 }"), [
      `ToRegular a NoLongerAllowed: 100 % ${share} 0 % may`,
      `ToRegular b NoLongerAllowed: 50 % ${share} 0 % may`,
    ]);
    assert.deepEqual(movesUnder("{ maxSpotShare: 1 }"), []);
    // Of our wish, so within the budgets of moves.
    const [move] = planFor(cluster, "namespaces: { demo: { maxSpotShare: 0.5 } }").moves;
    assert.equal(move?.voluntary, true);
    const spent = "{ namespaces: { demo: { maxSpotShare: 0 } }, budgets: { maxMovesPerRound: 1 } }";
    assert.equal(planFor(cluster, spent).moves.length, 1);
  });

  it("counts of what is split as much as is on spot", () => {
    // Of eight replicas three are there, and three may come; the others stay on regular by their floor.
    const topologyKey = "kubernetes.azure.com/priority";
    const topologySpread = [{ topologyKey, maxSkew: 3, selector: [] }];
    const there = buildWorkload("there", { placement: "spot", replicas: 4, template: { topologySpread } });
    const idle = buildWorkload("idle", { replicas: 4 });
    const moves = (share: number) =>
      planFor(
        { nodes, ...running([there, ["s1", "s1", "s1", "r1"]], [idle, ["r1", "r1", "r1", "r1"]]) },
        `namespaces: { demo: { regularFloor: 1, maxSpotShare: ${share} } }`,
      ).moves.map(({ workload, reason }) => `${workload.name} ${reason}`);
    assert.deepEqual([moves(0.75), moves(0.74)], [["idle Idle"], []]);
  });

  it("stays when the window of its namespace ends", () => {
    assert.deepEqual(movesUnder('{ windows: [{ from: "22:00", to: "06:00" }] }'), []);
  });

  it("stays where the namespace is not to be touched, and says what would bring it back", () => {
    assert.deepEqual(movesUnder("{ allowed: false, maxSpotShare: 0 }"), []);
    for (const text of said("{ allowed: false }"))
      assert.match(text, /^NamespaceForbidden: .*stays placed on spot \(maxSpotShare: 0/);
  });

  it("stays with the label that asks to be left alone, and says what would bring it back", () => {
    const [refusal] = planFor({ nodes, ...running([placed("a", "ignore"), ["s1"]]) }).refusals;
    assert.match(refusal!.message, /=ignore asks .*stays placed on spot \(critical instead would/);
  });
});
