// The simulated autoscaler and cloud at their bounds: how much use keeps a node, how long a drain is tried, when a node ends.
import assert from "node:assert/strict";
import { gibibyte, minute, noon } from "../../balancer/testing/builders.ts";
import { goOnDraining, shrink } from "./autoscaler.ts";
import { setUp } from "./setUp.ts";
import { type ScenarioSpec, buildScenario } from "./testing/scenarioSpec.ts";

const spec: ScenarioSpec = {
  ...{ spot: [1], spotMin: 0, regularMax: 4, placeholders: 0 },
  workloads: [{ replicas: 1, cpu: 900, load: [0.5] }],
};

/** One node with what `workloads` asks for, and an empty one beside it. */
function twoNodes(workloads: ScenarioSpec["workloads"], memory = 8 * gibibyte) {
  const { pools, ...rest } = buildScenario({ ...spec, workloads });
  const scenario = { ...rest, pools: { ...pools, regular: { ...pools.regular, memory } } };
  const world = setUp(scenario, () => 0, undefined);
  const { regular } = world.pools;
  regular.request();
  regular.arrive(Infinity);
  assert.equal(regular.nodes.length, 2);
  const taintsOf = (name: string) => world.cluster.nodes.get(name)!.taints.map(({ key }) => key);
  return {
    ...world,
    scenario,
    regular,
    taintsOf,
    names: regular.nodes.map(({ name }) => name) as [string, string],
  };
}

describe("the simulated autoscaler", () => {
  const cases: [what: string, cpu: number, memory: number, isNeeded: boolean][] = [
    ["half of its CPU is asked for", 1000, 8 * gibibyte, true],
    ["less than that is", 999, 8 * gibibyte, false],
    ["half of its memory is", 100, gibibyte / 2, true],
    ["less of either is", 100, 0.51 * gibibyte, false],
  ];
  for (const [what, cpu, memory, isNeeded] of cases)
    it(`${isNeeded ? "needs" : "does not need"} a node of which ${what}`, () => {
      // The second node is needed, and has just the room for what is on the first.
      const workloads = [cpu, 1000].map((each) => ({ replicas: 1, cpu: each, load: [0.5] }));
      const { cluster, regular, scenario, taintsOf, names } = twoNodes(workloads, memory);
      cluster.removePod(cluster.podsOf("Deployment/demo/w1")[0]!.pod);
      cluster.addPod("Deployment/demo/w1", names[1]);
      shrink(cluster, [regular], scenario.timings);
      assert.deepEqual(names.map((name) => taintsOf(name).length), [isNeeded ? 0 : 1, 0]); // prettier-ignore
    });

  it("tries to drain a node for two minutes, and rests for three before the next try", () => {
    const busy = { replicas: 1, cpu: 1100, load: [0.5] };
    const { cluster, regular, scenario, taintsOf, names } = twoNodes([...spec.workloads, busy]);
    const isClosed = () => taintsOf(names[0]).includes("ToBeDeletedByClusterAutoscaler");
    // The second node is needed, and has just the room for what is on the first.
    cluster.removePod(cluster.podsOf("Deployment/demo/w1")[0]!.pod);
    cluster.addPod("Deployment/demo/w1", names[1]);
    const look = () => {
      shrink(cluster, [regular], scenario.timings);
      goOnDraining(cluster, [regular]);
      return [...regular.draining.keys()];
    };
    assert.deepEqual(look(), []);
    const selector = [{ key: "app", operator: "In" as const, values: ["w0"] }];
    cluster.elapse(10 * minute - 1);
    assert.deepEqual(look(), []);
    cluster.elapse(1);
    shrink(cluster, [regular], scenario.timings);
    cluster.budgets.push({ namespace: "demo", name: "late", selector, minAvailable: 1 });
    assert.deepEqual([look(), isClosed()], [[names[0]], true]);
    cluster.elapse(2 * minute - 1);
    assert.deepEqual([look(), isClosed()], [[names[0]], true]);
    cluster.elapse(1);
    assert.deepEqual([look(), isClosed()], [[], false]);
    cluster.budgets.pop();
    cluster.elapse(3 * minute - 1);
    assert.deepEqual(look(), []);
    assert.equal(regular.nodes.length, 2);
    cluster.elapse(1);
    look();
    assert.deepEqual(regular.nodes.map(({ name }) => name), [names[1]], "its pod could go now"); // prettier-ignore
  });
});

describe("what the simulated autoscaler leaves be", () => {
  const idle = () => {
    const world = twoNodes(spec.workloads);
    const look = () => {
      shrink(world.cluster, [world.regular], world.scenario.timings);
      return world.regular.nodes.length;
    };
    return { ...world, look };
  };

  it("are all nodes while one was added not long ago", () => {
    const { cluster, regular, look } = idle();
    look();
    cluster.elapse(5 * minute);
    regular.request();
    regular.arrive(Infinity);
    assert.equal(look(), 3);
    cluster.elapse(10 * minute - 1);
    assert.equal(look(), 3);
    cluster.elapse(1);
    assert.equal(look(), 1, "the empty ones go, and with them the place for what is on the first");
    assert.equal(regular.draining.size, 0);
  });

  it("is one of two that are each other's place", () => {
    const { cluster, regular, scenario, names } = twoNodes([...spec.workloads, ...spec.workloads]);
    cluster.removePod(cluster.podsOf("Deployment/demo/w1")[0]!.pod);
    cluster.addPod("Deployment/demo/w1", names[1]);
    Object.assign(regular.spec, { min: 0 });
    shrink(cluster, [regular], scenario.timings);
    assert.deepEqual(regular.nodes.map((node) => regular.isUnneeded(node)), [true, false]); // prettier-ignore
  });

  it("are as many as the least, beside those that it drains", () => {
    const { cluster, regular, look } = idle();
    regular.request();
    regular.arrive(Infinity);
    Object.assign(regular.spec, { min: 2 });
    regular.drain(regular.nodes[0]!);
    look();
    cluster.elapse(10 * minute);
    assert.equal(look(), 3);
    Object.assign(regular.spec, { min: 1 });
    assert.equal(look(), 3, "from now on");
    cluster.elapse(10 * minute);
    assert.equal(look(), 2);
  });
});

describe("the simulated cloud", () => {
  it("takes a node when its notice has run out, not before", () => {
    const { cluster, pools } = setUp(buildScenario({ ...spec, spotMin: 1, notice: 2 }), () => 0, undefined);
    const [pool] = pools.spot;
    pool!.ahead = 0;
    assert.ok(pool!.announce(() => 0));
    cluster.elapse(2 * minute - 1);
    pool!.preempt(() => 0);
    assert.deepEqual([pool!.lost, pool!.nodes.length], [0, 1]);
    cluster.elapse(1);
    pool!.preempt(() => 0);
    assert.deepEqual([pool!.lost, pool!.nodes.length], [1, 0]);
  });

  it("lets a request fail after a while, and the pool rest from then on", () => {
    const { cluster, pools } = setUp(buildScenario({ ...spec, failsAfter: 3 }), () => 0, undefined);
    const [pool] = pools.spot;
    pool!.available = 0;
    assert.ok(pool!.request(), "nobody knows yet");
    cluster.elapse(3 * minute - 1);
    pool!.arrive();
    assert.ok(!pool!.inBackoff);
    cluster.elapse(1);
    pool!.arrive();
    assert.deepEqual([pool!.inBackoff, pool!.size], [true, 0]);
    cluster.elapse(5 * minute);
    assert.ok(!pool!.inBackoff);
  });

  it("tells of an autoscaler of replicas what the API does", () => {
    const workloads = [{ ...spec.workloads[0]!, load: [0.7], upTo: 4 }];
    const { cluster, autoscalers } = setUp(buildScenario({ ...spec, workloads }), () => 0, undefined);
    const status = {
      ...{ namespace: "demo", name: "w0", target: { kind: "Deployment", name: "w0" } },
      ...{ minReplicas: 1, maxReplicas: 4, currentReplicas: 1, desiredReplicas: 1 },
    };
    assert.deepEqual(autoscalers[0]!.status(cluster), status);
    cluster.workloads.get("Deployment/demo/w0")!.load.cpu = 900;
    autoscalers[0]!.scale(cluster);
    const scaled = { ...status, currentReplicas: 2, desiredReplicas: 2, lastScaleAt: noon };
    assert.deepEqual(autoscalers[0]!.status(cluster), scaled);
  });

  it("begins with pods and nodes that have been there for twice the time that idleness is measured over", () => {
    const scenario = buildScenario(spec);
    const { cluster } = setUp(scenario, () => 0, undefined);
    const since = noon - 2 * scenario.policy.idle.windowMinutes * minute;
    assert.equal(cluster.now, noon);
    for (const { pod } of cluster.pods.values()) assert.deepEqual([pod.createdAt, pod.ready], [since, true]);
    for (const node of cluster.nodes.values()) assert.equal(node.createdAt, since);
  });
});
