// Laws of what spot is asked for, over whole generated stories: never more than all that may go there, and ended with its cause.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../balancer/decide.ts";
import { isOurPlaceholder } from "../../balancer/decide/podRoles.ts";
import type { Plan, Snapshot } from "../../balancer/model.ts";
import { parsePolicy } from "../../balancer/policy.ts";
import { again, randomSeed } from "../../balancer/testing/laws/sampled.ts";
import { runs } from "../../balancer/testing/specs/generators.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";
import { type Mover, simulate } from "./loop.ts";
import { mayEverBeOnSpot } from "./meter.ts";
import { type Scenario, durationOf } from "./scenario.ts";
import { buildScenario, calmHours, scenarioSpec } from "./testing/scenarioSpec.ts";

/** Printed on failure. */
const seed = randomSeed;

const placeholders = ({ pods }: Snapshot, { ask }: Plan) => {
  const gone = new Set(ask?.remove.map(({ uid }) => uid));
  return [
    ...pods.filter((pod) => isOurPlaceholder(pod) && !gone.has(pod.uid)).map(({ requests }) => requests),
    ...(ask?.create ?? []).flatMap(({ requests, count }) => Array.from({ length: count }, () => requests)),
  ];
};

describe(`laws of demand in the closed loop (${again})`, function () {
  this.timeout(runs(60_000));

  it("never asks for more room than all that may go to spot, its growth, headroom, and the water mark above them", () => {
    const property = fc.property(scenarioSpec(5), (spec) => {
      const scenario = buildScenario(spec);
      const watched: Mover = (snapshot, policy, now) => {
        const plan = decide(snapshot, policy, now);
        const { headroom, pressure } = policy;
        const cpu = (count: (workload: Snapshot["workloads"][number]) => number) =>
          snapshot.workloads
            .filter((workload) => mayEverBeOnSpot(workload, policy))
            .reduce((sum, each) => sum + each.template.requests.cpu * count(each), 0);
        const all = cpu(({ replicas, status }) => Math.max(replicas, status.replicas));
        // What must not share a node is given one each.
        const alone = snapshot.workloads
          .filter(({ template }) =>
            template.topologySpread.some(({ topologyKey }) => topologyKey === "kubernetes.io/hostname"),
          )
          .reduce((sum, { replicas }) => sum + replicas * scenario.pools.spot.cpu, 0);
        const grown = cpu(({ replicas }) => Math.ceil(replicas / 2));
        const largest = Math.max(0, ...snapshot.workloads.map(({ template }) => template.requests.cpu));
        const kept = headroom.replicas * headroom.cpuMillicores;
        // The filler counts whole pods of the largest size; what is requested on spot has headroom and growth in it.
        const most = (all + grown + kept) / pressure.spot.highUtilization + largest + grown + kept + alone;
        const asked = placeholders(snapshot, plan).reduce((sum, requests) => sum + requests.cpu, 0);
        assert.ok(asked <= most, `${asked} asked, ${most} at most`);
        return plan;
      };
      simulate(scenario, watched);
    });
    fc.assert(property, { numRuns: runs(8), seed });
  });

  it("ends with its cause: when policy wants nothing on spot any more, only headroom is left, and no node beyond it", () => {
    let asked = 0;
    let ended = 0;
    const property = fc.property(scenarioSpec(5), (spec) => {
      const scenario = buildScenario(spec);
      const ending = scenario.start + durationOf(scenario) - calmHours * 3_600_000;
      let last: SimCluster | undefined;
      const { rounds } = playWithout(scenario, ending, (cluster) => (last = cluster));
      const after = rounds.filter(({ before }) => !before);
      ended += after.at(-1)!.placed ? 0 : 1;
      asked += rounds.filter(({ before, count }) => before && count > spec.placeholders).length;
      // What regular has no room for stays on spot, and with it the room that its autoscaler may need.
      const tooMany = after.filter(({ placed, count }) => !placed && count > spec.placeholders);
      assert.deepEqual(tooMany, []);
      const nodes = [...last!.nodes.values()].filter(({ name }) => name.startsWith("spot"));
      const inUse = new Set([...last!.pods.values()].map(({ pod }) => pod.nodeName));
      const empty = nodes.filter(({ name }) => !inUse.has(name));
      assert.ok(empty.length <= spec.spotMin, `${empty.length} empty spot nodes, at least ${spec.spotMin}`);
    });
    fc.assert(property, { numRuns: runs(10), seed });
    assert.ok(asked > 0 && ended > 0, `asked in ${asked} rounds before, ended in ${ended} stories`);
  });
});

/** Ours, until policy wants nothing on spot, and brings back what is there. */
function playWithout(scenario: Scenario, ending: number, onTick: (cluster: SimCluster) => void) {
  const nobody = parsePolicy("namespaces: { demo: { maxSpotShare: 0 } }").namespaces;
  const rounds: { before: boolean; placed: boolean; count: number }[] = [];
  simulate(
    scenario,
    (snapshot, policy, now) => {
      const before = now < ending;
      const plan = decide(snapshot, before ? policy : { ...policy, namespaces: nobody }, now);
      const placed = snapshot.workloads.some(({ placement }) => placement === "spot");
      rounds.push({ before, placed, count: placeholders(snapshot, plan).length });
      return plan;
    },
    { onTick },
  );
  return { rounds };
}
