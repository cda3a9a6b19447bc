// Single stories of the closed loop, each with its outcome; laws over generated ones are in simulate.laws.test.ts.
import assert from "node:assert/strict";
import { decide } from "../../balancer/decide.ts";
import { minute, noon } from "../../balancer/testing/builders.ts";
import { type ScenarioSpec, buildScenario } from "./testing/scenarioSpec.ts";
import type { SimCluster } from "../../balancer/testing/simCluster.ts";
import type { Scenario } from "./scenario.ts";
import { withoutSpot } from "./scenario.ts";
import { type Mover, simulate } from "./loop.ts";

const spec: ScenarioSpec = {
  spot: [3],
  spotMin: 2,
  regularMax: 4,
  placeholders: 0,
  workloads: [{ replicas: 3, cpu: 500, load: [0.02] }],
};

interface Told {
  minutes: number;
  what: string;
}

/** What happens, each time it is different: the cluster in words of the test's own. */
function tell(scenario: Scenario, mover: Mover | undefined, describe: (cluster: SimCluster) => string) {
  const told: Told[] = [];
  const run = simulate(scenario, mover, {
    onTick(cluster) {
      const what = describe(cluster);
      if (told.at(-1)?.what !== what) told.push({ minutes: (cluster.now - noon) / minute, what });
    },
  });
  return { run, told };
}

const places = (cluster: SimCluster) =>
  `${cluster.runningOn("Deployment/demo/w0", "regular")} regular, ${cluster.runningOn("Deployment/demo/w0", "spot")} spot`;

const nodes = (cluster: SimCluster) =>
  [...cluster.nodes.keys()]
    .map((name) => name.split("-")[0])
    .sort()
    .join(" ");

describe("the closed loop", () => {
  it("puts idle work on spot, and removes the regular nodes it has left", () => {
    const two = { ...spec, workloads: [...spec.workloads, { replicas: 2, cpu: 900, load: [0.02] }] };
    const { run, told } = tell(buildScenario(two), decide, nodes);
    assert.equal(told[0]!.what, "regular regular spot spot");
    assert.equal(told.at(-1)!.what, "regular spot spot");
    assert.ok(run.workloads[0]!.spotShare > 0.95, `${run.workloads[0]!.spotShare} on spot`);
    assert.equal(run.podMinutes.unavailable, 0, "new pods first");
  });

  it("goes to the other spot pool when the first is lost, and to regular when both are lost at once", () => {
    const workloads = [...spec.workloads, { replicas: 4, cpu: 900, load: [0.02] }];
    const scenario = buildScenario({ ...spec, workloads, spot: [6, 0, 0, 0] });
    const second = (available: number[], pricePerHour = 0.05) => ({
      ...{ name: "second", spec: { ...scenario.pools.spot, min: 0, pricePerHour } },
      trace: { stepMs: scenario.spot.stepMs, available },
    });
    const on = (pool: string) => (cluster: SimCluster) =>
      String([...cluster.pods.values()].filter(({ pod }) => pod.nodeName?.startsWith(`${pool}-`)).length);
    const told = (moreSpot: Scenario["moreSpot"], pool: string) =>
      tell({ ...scenario, moreSpot }, decide, on(pool)).told;
    const inStead = told([second([6])], "second").at(-1)!;
    // A node takes two minutes, and what it has no room for waits on regular.
    assert.deepEqual([inStead.minutes > 60 && inStead.minutes < 70, inStead.what], [true, "5"]);
    const last = told([second([6, 0])], "second").at(-1)!;
    assert.deepEqual([last.minutes, last.what], [60, "0"]);
    assert.deepEqual(told([], "second"), [{ minutes: 0, what: "0" }]);
    const cost = (price: number) => simulate({ ...scenario, moreSpot: [second([6], price)] }, decide).cost;
    assert.ok(cost(0.05) > cost(0.02));
  });

  it("brings it back when the cloud takes the nodes, and to spot again once spot is stable", () => {
    const { run, told } = tell(buildScenario({ ...spec, spot: [3, 0, 3] }), decide, places);
    const at = (what: string, from = 0) => told.find((each) => each.minutes >= from && each.what === what);
    assert.ok(at("0 regular, 3 spot")!.minutes < 10);
    assert.equal(at("3 regular, 0 spot", 60)!.minutes, 60, "there is room, so at once");
    const back = at("0 regular, 3 spot", 120)!.minutes;
    assert.ok(back >= 120 && back < 200, `back after ${back} min`);
    assert.equal(run.nodesLost, 2);
    assert.ok(run.podMinutes.unavailable > 0);
  });

  it("follows the load: busy work comes back, and its autoscaler adds replicas", () => {
    const busy = { replicas: 2, cpu: 300, load: [0.02, 1.2], upTo: 4 };
    const { run, told } = tell(buildScenario({ ...spec, workloads: [busy] }), decide, places);
    assert.equal(told.at(-1)!.what, "4 regular, 0 spot");
    assert.equal(run.movesByReason["Busy"], 1);
  });

  it("grows the spot pool for placeholders, and rests when the cloud has no more", () => {
    const hungry = { ...spec, spotMin: 0, placeholders: 5, spot: [1] };
    let waiting = 0;
    let backoffs = 0;
    simulate(buildScenario(hungry), (snapshot, policy, now) => {
      backoffs += snapshot.poolHealth.filter(({ pool, backoff }) => pool === "spot" && backoff).length;
      waiting = snapshot.pods.filter(({ unschedulableSince }) => unschedulableSince !== undefined).length;
      return decide(snapshot, policy, now);
    });
    assert.ok(waiting > 0, "a node of 2 CPUs has room for 4 of them");
    assert.ok(backoffs > 10, `in back-off in ${backoffs} rounds`);
  });

  it("shows a node that starts as not ready first, asks for no second one, and sends no pod there", () => {
    const seen: string[] = [];
    simulate(buildScenario({ ...spec, spotMin: 0, placeholders: 1 }), decide, {
      onTick({ now, nodes, pods }) {
        const node = [...nodes.values()].find(({ name }) => name.startsWith("spot"));
        const here = [...pods.values()].filter(({ pod }) => pod.nodeName === node?.name).length;
        const state = !node ? "none" : node.ready ? "ready" : `not ready, ${here} pods`;
        if (seen.at(-1)?.split(": ")[1] !== state) seen.push(`${(now - noon) / minute} min: ${state}`);
        assert.ok([...nodes.keys()].filter((name) => name.startsWith("spot")).length <= 1);
      },
    });
    assert.deepEqual(seen.slice(0, 3), ["0 min: none", "1 min: not ready, 0 pods", "2 min: ready"]);
  });

  it("announces an end, and the round that starts at once leaves no pod on the node", () => {
    const seen: string[] = [];
    const told = (now: number, what: string) => seen.push(`${(now - noon) / minute} min: ${what}`);
    const watched: Mover = (snapshot, policy, now) => {
      const plan = decide(snapshot, policy, now);
      for (const { announcements = [], cordoned } of snapshot.nodes)
        for (const { message } of announcements) told(now, `${cordoned ? "closed, " : ""}${message}`);
      for (const { reason, evictions } of plan.moves)
        if (now > noon + 50 * minute) told(now, `${reason}, ${evictions.length} pods`);
      return plan;
    };
    // Rounds are five minutes apart, the last one before the announcement is at 55.
    const run = simulate(buildScenario({ ...spec, spot: [3, 0], notice: 2 }), watched, {
      onTick(cluster) {
        const onSpot = cluster.runningOn("Deployment/demo/w0", "spot");
        const minutes = (cluster.now - noon) / minute;
        if (minutes >= 57 && minutes <= 60) told(cluster.now, `${onSpot} on spot`);
      },
    });
    const announcement =
      "58 min: closed, Preempt Scheduled: Wed, 18 Nov 2026 13:00:00 GMT. DurationInSeconds: -1";
    assert.deepEqual(seen, [
      "57 min: 3 on spot",
      ...[announcement, announcement],
      "58 min: SpotNodeLost, 3 pods",
      ...["58 min: 0 on spot", "59 min: 0 on spot", "60 min: 0 on spot"],
    ]);
    assert.equal(run.nodesLost, 2);
  });

  it("drains a node of little use only as far as disruption budgets allow", () => {
    // Two nodes for the load of the first hour, one of which has only a bystander on it later.
    const shrinking = { replicas: 6, cpu: 500, load: [0.7, 0.1], upTo: 6 };
    const nodesAtTheEnd = (minAvailable: number) => {
      const bystander = { replicas: 2, cpu: 100, load: [0.1], minAvailable };
      const scenario = buildScenario({ ...spec, spotMin: 0, workloads: [shrinking, bystander] });
      return tell(scenario, undefined, nodes).told.at(-1)!.what;
    };
    assert.equal(nodesAtTheEnd(1), "regular");
    assert.equal(nodesAtTheEnd(2), "regular regular");
  });

  it("drains a node pod by pod where a disruption budget lets only one go, and nothing comes back to it", () => {
    const workloads = [
      { replicas: 2, cpu: 300, load: [0.6], minAvailable: 1 },
      { replicas: 3, cpu: 600, load: [0.6, 0.01], upTo: 3 },
    ];
    const scenario = buildScenario({ ...spec, spot: [0], spotMin: 0, workloads });
    const { run, told } = tell(scenario, undefined, nodes);
    assert.deepEqual([told[0]!.what, told.at(-1)!.what], ["regular regular", "regular"]);
    assert.ok(run.workloads[0]!.unavailableMinutes <= 2, `${run.workloads[0]!.unavailableMinutes} minutes`);
  });

  it("costs what its nodes cost, from the request on", () => {
    const alone = withoutSpot(buildScenario({ ...spec, spotMin: 0 }));
    const run = simulate(alone, undefined);
    assert.deepEqual(run.nodeHours, { regular: 9, spot: 0 });
    assert.equal(run.cost, 9 * alone.pools.regular.pricePerHour);
    assert.equal(run.rounds, 0);
  });

  it("spreads nodes over zones, and the cloud takes a whole zone before it touches the next", () => {
    const zonesLeft = (cluster: SimCluster) =>
      [...cluster.nodes.values()]
        .filter(({ name }) => name.startsWith("spot"))
        .map(({ labels }) => labels["topology.kubernetes.io/zone"])
        .sort()
        .join("");
    for (let seed = 1; seed <= 8; seed++) {
      const scenario = buildScenario({ ...spec, spot: [6, 4, 3], spotMin: 6, zones: 3 }, { seed });
      const { told } = tell(scenario, undefined, zonesLeft);
      assert.equal(told[0]!.what, "112233");
      assert.match(told[1]!.what, /^(?:1122|1133|2233)$/);
      assert.match(told[2]!.what, /^(?:112|122|113|133|223|233)$/);
    }
  });

  it("keeps the spread of a workload over zones, where the emptiest node would take all of it", () => {
    const zonesOf = (spread?: "zone") => {
      const other = { replicas: 5, cpu: 900, load: [0.02], tier: "critical" as const };
      const workloads = [other, { ...other, replicas: 3, cpu: 100, spread }];
      const scenario = buildScenario({ ...spec, spot: [0], spotMin: 0, zones: 3, workloads });
      const where = ({ pods, nodes: all }: SimCluster) =>
        [...pods.values()]
          .filter(({ pod }) => pod.workload === "Deployment/demo/w1")
          .map(({ pod }) => all.get(pod.nodeName!)!.labels["topology.kubernetes.io/zone"])
          .sort()
          .join("");
      return tell(scenario, undefined, where).told[0]!.what;
    };
    assert.deepEqual([zonesOf("zone"), zonesOf()], ["123", "333"]);
  });

  it("replaces a StatefulSet's pods one by one, each gone before the next comes", () => {
    const workloads = [{ ...spec.workloads[0]!, kind: "StatefulSet" as const }];
    let fewest = Infinity;
    const run = simulate(buildScenario({ ...spec, workloads }), decide, {
      onTick: ({ pods }) =>
        (fewest = Math.min(fewest, [...pods.values()].filter(({ pod }) => pod.ready).length)),
    });
    assert.deepEqual([run.movesByReason["Idle"], fewest], [1, 2]);
    assert.ok(run.podMinutes.unavailable >= 3, "three pods that start, one after the other");
  });

  it("counts on a node for as long as nobody knows that its request has failed, and pays nothing for it", () => {
    const failing = (failsAfter: number) => {
      const seen: number[] = [];
      const scenario = buildScenario({ ...spec, spot: [0], spotMin: 0, placeholders: 1, failsAfter });
      const run = simulate(scenario, (snapshot, policy, now) => {
        if (snapshot.poolHealth.some(({ backoff }) => backoff)) seen.push((now - noon) / minute);
        return decide(snapshot, policy, now);
      });
      return { first: seen[0], rounds: seen.length, spot: run.nodeHours.spot };
    };
    const [atOnce, late] = [failing(0), failing(12)];
    // Rounds are five minutes apart, and so is the end of a first rest, after which the next one is longer.
    assert.deepEqual([atOnce.first, late.first, late.spot], [10, 15, 0]);
    assert.ok(late.rounds < atOnce.rounds, `${late.rounds} of ${atOnce.rounds}`);
  });

  it("takes other nodes with another seed", () => {
    const scenario = buildScenario({ ...spec, spot: [6, 3], spotMin: 6 });
    const left = (seed: number) =>
      tell({ ...scenario, seed }, undefined, (cluster) => [...cluster.nodes.keys()].sort().join()).told.at(
        -1,
      )!.what;
    const outcomes = new Set([1, 2, 3, 4, 5].map(left));
    assert.ok(outcomes.size > 1, [...outcomes].join("; "));
  });
});
