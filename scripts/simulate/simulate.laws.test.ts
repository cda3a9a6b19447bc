// Laws of the closed loop: the real decide drives generated worlds, whose load and spot nodes come and go.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../balancer/decide.ts";
import type { Move, Plan, Snapshot } from "../../balancer/model.ts";
import { again, randomSeed } from "../../balancer/testing/laws/sampled.ts";
import { runs } from "../../balancer/testing/specs/generators.ts";
import { disruptions, misfits } from "../../balancer/testing/judge.ts";
import { type ScenarioSpec, buildScenario, calmHours, scenarioSpec } from "./testing/scenarioSpec.ts";
import type { Run } from "./meter.ts";
import { type Scenario, durationOf } from "./scenario.ts";
import { type Mover, simulate } from "./loop.ts";

interface Story {
  scenario: Scenario;
  run: Run;
  rounds: { at: number; snapshot: Snapshot; plan: Plan }[];
}

/** One seed for all laws: the same worlds for each, so that a run is made once. Printed on failure. */
const seed = randomSeed;
const stories = new Map<string, Story>();

function storyOf(spec: ScenarioSpec): Story {
  const key = JSON.stringify(spec);
  let story = stories.get(key);
  if (!story) {
    const scenario = buildScenario(spec);
    const rounds: Story["rounds"] = [];
    const run = simulate(scenario, (snapshot, policy, now) => {
      const plan = decide(snapshot, policy, now);
      rounds.push({ at: now, snapshot, plan });
      return plan;
    });
    stories.set(key, (story = { scenario, run, rounds }));
  }
  return story;
}

function law(title: string, hours: number, cases: number, check: (story: Story) => void): void {
  it(title, () => {
    const property = fc.property(scenarioSpec(hours), (spec) => check(storyOf(spec)));
    fc.assert(property, { numRuns: runs(cases), seed });
  });
}

const words = ({ workload, kind, reason }: Move) => `${workload.name} ${kind} ${reason}`;

describe(`laws of the closed loop (${again})`, function () {
  this.timeout(runs(60_000));
  after(() => stories.clear());

  law("every round's plan fits, and keeps every disruption budget", 5, 25, ({ rounds }) => {
    for (const { snapshot, plan } of rounds) {
      assert.deepEqual(misfits(snapshot, plan), []);
      for (const { name, planned, allowed } of disruptions(snapshot, plan)) {
        assert.ok(planned <= allowed, `${name}: ${planned} planned, ${allowed} allowed`);
      }
    }
  });

  law("no pod is taken away while a disruption budget forbids it", 5, 25, ({ run }) => {
    assert.equal(run.budgetViolations, 0);
  });

  const movesEnd = ({ scenario, rounds }: Story): void => {
    const calm = scenario.start + durationOf(scenario) - (calmHours / 4) * 3_600_000;
    assert.deepEqual(
      rounds.filter(({ at }) => at >= calm).flatMap(({ plan }) => plan.moves.map(words)),
      [],
    );
  };
  law("moves end once the traces do", 5, 25, movesEnd);

  it("moves end beside busy work that fell back, and waits there to be taken back", () => {
    const workloads = [
      { replicas: 4, cpu: 900, load: [0.6] },
      { replicas: 1, cpu: 100, load: [0.02] },
      { replicas: 2, cpu: 900, load: [0.02], unavailable: 1, minAvailable: 2 },
    ];
    movesEnd(storyOf({ spot: [3, 0, 3], spotMin: 0, regularMax: 10, placeholders: 0, workloads }));
  });

  it("moves end beside a workload that spot never has enough nodes for, and asks", () => {
    const load = [1.2];
    const workloads: ScenarioSpec["workloads"] = [
      { replicas: 1, cpu: 900, load: [0.02] },
      { replicas: 4, cpu: 300, load, spread: "node", tier: "low", upTo: 6 },
      { replicas: 1, cpu: 100, load, spread: "node", tier: "low", upTo: 4 },
    ];
    movesEnd(storyOf({ spot: [4], spotMin: 0, regularMax: 10, placeholders: 0, workloads }));

    // What has a place on nodes that the pool keeps loses it each time that another one comes.
    const few: ScenarioSpec["workloads"] = [
      { replicas: 2, cpu: 100, load, spread: "node", tier: "low", upTo: 4 },
      { replicas: 2, cpu: 100, load: [0.02], kind: "StatefulSet", spread: "zone" },
    ];
    movesEnd(storyOf({ spot: [3], spotMin: 2, regularMax: 10, placeholders: 0, zones: 3, workloads: few }));
  });

  const toAndFro = ({ rounds }: Story): void => {
    // What waits for a node does not move; others make room for it, and may have theirs back once it has gone to spot.
    const isWaiting = ({ snapshot }: (typeof rounds)[number]) =>
      snapshot.pods.some(({ unschedulableSince }) => unschedulableSince !== undefined);
    if (isWaiting(rounds[0]!)) return;
    const wishes = rounds.flatMap(({ plan }) => plan.moves.filter((move) => move.voluntary && !move.renews));
    const done = wishes.filter(({ kind }) => kind !== "Rebalance");
    const names = done.filter((_, i) => !isRoomMade(done, i)).map(({ workload }) => workload.name);
    assert.equal(new Set(names).size, names.length, done.map(words).join(", "));
  };
  // Busy work that pressure has sent away comes back to the room of what left after it: for that no node could be asked, nor
  // waited, since nobody knew that it would come. It is where it belongs then.
  const isRoomMade = (done: Move[], i: number): boolean => {
    const { workload, reason } = done[i]!;
    if (reason !== "Busy") return false;
    const left = done.findLastIndex((move, before) => before < i && move.workload.name === workload.name);
    const between = done.slice(left + 1, i).filter(({ kind }) => kind === "ToSpot");
    return done[left]?.reason === "RegularPressure" && between.length > 0;
  };
  law("under constant input nothing goes to and fro", 1, 25, toAndFro);

  it("what pressure has sent away though it is busy stays away, and nothing makes room for it", () => {
    const workloads: ScenarioSpec["workloads"] = [
      { replicas: 4, cpu: 300, load: [0.6], minAvailable: 2 },
      { replicas: 1, cpu: 900, load: [0.02], tier: "critical", minAvailable: 2 },
      { replicas: 2, cpu: 500, load: [0.2], minAvailable: 3 },
      { replicas: 1, cpu: 500, load: [0.6], tier: "critical", unavailable: 1 },
    ];
    toAndFro(storyOf({ spot: [2], spotMin: 2, regularMax: 2, placeholders: 2, notice: 1, workloads }));
  });

  it("what is busy does not go for pressure that ends once nodes have come for what is idle", () => {
    const idle = { load: [0.02] };
    const workloads: ScenarioSpec["workloads"] = [
      { replicas: 1, cpu: 300, load: [1.2] },
      { replicas: 4, cpu: 500, ...idle },
      { replicas: 2, cpu: 500, ...idle, spread: "node" },
      { replicas: 4, cpu: 900, ...idle },
    ];
    toAndFro(storyOf({ spot: [6], spotMin: 1, regularMax: 10, placeholders: 0, workloads }));
  });

  it("what found no room below the mark of spot stays, though its new node is drained", () => {
    const load = [0.02];
    const workloads = [
      { replicas: 4, cpu: 900, load },
      { replicas: 3, cpu: 100, load },
    ];
    toAndFro(storyOf({ spot: [4], spotMin: 2, regularMax: 10, placeholders: 0, workloads }));
  });

  law(
    "the bound is below what it costs, and that below all nodes at all times",
    5,
    40,
    ({ run, scenario }) => {
      const { regular, spot } = scenario.pools;
      const nodes = scenario.spot.available.map((available) => Math.min(available, spot.max));
      const all = nodes.map((most) => regular.max * regular.pricePerHour + most * spot.pricePerHour);
      assert.ok(run.lowerBound <= run.cost + 1e-9, `bound ${run.lowerBound}, cost ${run.cost}`);
      assert.ok(run.cost <= all.reduce((sum, cost) => sum + cost, 0) + 1e-9);
    },
  );

  it("no way of moving costs less than the bound", () => {
    const property = fc.property(scenarioSpec(5), fc.infiniteStream(fc.boolean()), (spec, chance) => {
      const { cost, lowerBound } = simulate(buildScenario(spec), movesByChance(chance));
      assert.ok(lowerBound <= cost + 1e-9, `bound ${lowerBound}, cost ${cost}`);
    });
    fc.assert(property, { numRuns: runs(15), seed });
  });

  it("is the same again with the same seed", () => {
    const property = fc.property(scenarioSpec(5), (spec) => {
      assert.deepEqual(simulate(buildScenario(spec), decide), storyOf(spec).run);
    });
    fc.assert(property, { numRuns: runs(5), seed });
  });
});

/** Moves what may be moved by the flip of a coin, with no regard for anything else. */
function movesByChance(chance: Iterator<boolean>): Mover {
  return ({ workloads, state }) => {
    const moves = workloads
      .filter(({ namespace, labels }) => namespace === "demo" && labels["spot-balancer/tier"] !== "critical")
      .filter(() => chance.next().value === true)
      .map((workload): Move => {
        const isThere = workload.placement === "spot";
        return {
          kind: isThere ? "ToRegular" : "ToSpot",
          workload,
          uid: workload.uid,
          generation: workload.status.generation,
          source: workload.placement,
          destination: isThere ? "regular" : "spot",
          placement: isThere ? "regular" : "spot",
          evictions: [],
          nodes: [],
          reason: isThere ? "Busy" : "Idle",
          message: "heads",
          score: 1,
          voluntary: true,
          evidence: {},
        };
      });
    return { moves, refusals: [], state };
  };
}
