import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../decide.ts";
import { type Snapshot, workloadKey } from "../model.ts";
import { planFor, running } from "../testing/deciding.ts";
import { SimCluster } from "../testing/simCluster.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
  withCpu,
} from "../testing/builders.ts";
import { largestSkew, sharesOf, withoutSplit } from "./split.ts";

const floorOf = (floor: number) => buildPolicy(`namespaces: { demo: { regularFloor: ${floor} } }`);
const overPools = (maxSkew: number) => ({
  topologyKey: "kubernetes.azure.com/priority",
  maxSkew,
  honorsTaints: true,
  selector: [{ key: "app", operator: "In" as const, values: ["web"] }],
});

function decisionFor(floor: number, parts: Partial<Snapshot>): string {
  const { moves, refusals } = decide(buildSnapshot(parts), floorOf(floor), noon);
  const split = moves[0]?.split;
  return moves[0]
    ? `${moves[0].kind} ${moves[0].reason}${split ? ` ${split.spot}+${split.regular} skew ${split.maxSkew}` : ""}`
    : `${refusals[0]!.reason}: ${refusals[0]!.message}`;
}

const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];

describe("splitting a workload between spot and regular", () => {
  it("keeps the floor on regular at every scale from the smallest on, and sends all others to spot", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat({ max: 50 }),
        (smallest, floor, more) => {
          const maxSkew = largestSkew(smallest, floor);
          fc.pre(maxSkew >= 1);
          const split = { topologyKey: "x", maxSkew };
          assert.deepEqual(sharesOf(smallest, split), { regular: floor, spot: smallest - floor });
          const { regular, spot } = sharesOf(smallest + more, split);
          assert.ok(regular >= floor && spot - regular <= maxSkew && spot - regular >= maxSkew - 1);
        },
      ),
    );
  });

  it("splits an idle workload, by the smallest scale that its autoscaler allows", () => {
    const web = buildWorkload("web", { replicas: 5 });
    const on = withCpu(buildPods(web, Array<string>(5).fill("r1")), 0.02);
    const parts = { nodes, workloads: [web], pods: on };
    assert.equal(decisionFor(1, parts), "ToSpot Idle 4+1 skew 4");
    const autoscaler = {
      ...{ namespace: "demo", name: "web", target: { kind: "Deployment", name: "web" } },
      ...{ minReplicas: 3, maxReplicas: 9, currentReplicas: 5, desiredReplicas: 5 },
    };
    assert.equal(decisionFor(1, { ...parts, autoscalers: [autoscaler] }), "ToSpot Idle 3+2 skew 2");
  });

  it("says why it cannot", () => {
    const on = (replicas: number) => Array<string>(replicas).fill("r1");
    const web = (changes: Parameters<typeof buildWorkload>[1]) => {
      const workload = buildWorkload("web", changes);
      return {
        nodes,
        workloads: [workload],
        pods: withCpu(buildPods(workload, on(workload.replicas)), 0.02),
      };
    };
    assert.match(decisionFor(2, web({ replicas: 3 })), /^FloorOnRegular: .* twice as many, .* only 3/);
    assert.match(
      decisionFor(1, web({ replicas: 3, template: { topologySpread: [overPools(1)] } })),
      /^FloorOnRegular: .* its own spread over kubernetes.azure.com\/priority/,
    );
    const unlabeled = buildNode("spot", "s1", { labels: { "kubernetes.azure.com/priority": "regular" } });
    assert.match(
      decisionFor(1, { ...web({ replicas: 3 }), nodes: [nodes[0]!, unlabeled] }),
      /^FloorOnRegular: .* node label kubernetes.azure.com\/priority \(pools.splitLabel\) does not have/,
    );
  });

  it("brings back what is on spot without its floor, and what waits because of its split", () => {
    const split = buildWorkload("web", {
      replicas: 3,
      placement: "spot",
      template: { topologySpread: [overPools(2)] },
    });
    const decided = (on: (string | undefined)[], changes = {}) =>
      decisionFor(1, {
        nodes,
        workloads: [split],
        pods: withCpu(buildPods(split, on), 0.02).map((pod) =>
          pod.nodeName === undefined ? { ...pod, usage: undefined, ...changes } : pod,
        ),
      });
    assert.match(decided(["r1", "s1", "s1"]), /^StaysOnSpot/);
    assert.equal(decided(["s1", "s1", "s1"]), "ToRegular NoLongerAllowed");
    assert.equal(
      decided(["r1", "r1", undefined], { unschedulableSince: noon - minute }),
      "ToRegular SplitStuck",
    );
    assert.match(decided(["r1", "r1", undefined], { unschedulableSince: noon - 1000 }), /^UnschedulablePods/);
    const whole = buildWorkload("web", { replicas: 3, placement: "spot" });
    const pods = withCpu(buildPods(whole, ["s1", "s1", "s1"]), 0.02);
    assert.equal(decisionFor(1, { nodes, workloads: [whole], pods }), "ToRegular NoLongerAllowed");
  });

  it("holds the floor while the pods are replaced, when the cluster scales, and when spot is gone", () => {
    const cluster = new SimCluster(floorOf(2), noon);
    for (const name of ["r1", "r2"]) cluster.nodes.set(name, buildNode("regular", name));
    for (const name of ["s1", "s2"]) cluster.nodes.set(name, buildNode("spot", name));
    const web = buildWorkload("web", { replicas: 5 });
    const key = workloadKey(web);
    cluster.addWorkload(web, { cpu: 5, memory: 1000 });
    for (let i = 0; i < 5; i++) cluster.addPod(key, "r1", noon - 600 * minute);
    cluster.step(minute);
    const sides = () => [cluster.runningOn(key, "spot"), cluster.runningOn(key, "regular")];
    const round = () => {
      const plan = decide(cluster.snapshot(), cluster.policy, cluster.now);
      cluster.carryOut(plan);
      cluster.step(minute, () => assert.ok(cluster.runningOn(key, "regular") >= 2, sides().join()));
      return plan.moves.map(({ reason }) => reason);
    };
    assert.deepEqual(round(), ["Idle"]);
    assert.deepEqual(sides(), [3, 2]);

    const entry = cluster.workloads.get(key)!;
    entry.workload = { ...entry.workload, replicas: 8 };
    assert.deepEqual(round(), []);
    assert.deepEqual(sides(), [5, 3]);

    for (const name of ["s1", "s2"]) cluster.removeNode(name);
    cluster.step(minute);
    assert.deepEqual(sides(), [0, 8], "without spot nodes there is nothing to be spread over");
    assert.deepEqual(round(), [], "the placement stays: it only prefers spot");
    assert.deepEqual(sides(), [0, 8]);
  });

  it("frees on regular no more room at once than new pods take there: the others leave at some time after", () => {
    // b's hot node could give a pod to r1, where web has its old ones; one of web's new ones comes there.
    const sized = (cpu: number) => ({ requests: { cpu, memory: 1000 } });
    const said = (each: number) =>
      planFor(
        {
          nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1")],
          ...running(
            [buildWorkload("web", { replicas: 4, template: sized(each) }), ["r1", "r1", "r1", "r1"]],
            [buildWorkload("b", { replicas: 2, template: sized(500) }), ["r2", "r2"], 1],
            [buildWorkload("load", { namespace: "x", template: sized(800) }), ["r2"], 0.75],
          ),
        },
        "namespaces: { demo: { regularFloor: 1 } }",
      ).moves.map(({ workload, reason }) => `${workload.name} ${reason}`);
    assert.deepEqual(said(200), ["web Idle", "b HotNode"]);
    assert.deepEqual(said(400), ["web Idle"]);
  });
});

it("Only our own constraint is left out of a template, and only where we have put it", () => {
  const others = { ...overPools(1), topologyKey: "topology.kubernetes.io/zone" };
  const keys = (placement: "regular" | "spot") => {
    const web = buildWorkload("web", { placement, template: { topologySpread: [overPools(1), others] } });
    return withoutSplit(web, buildPolicy()).template.topologySpread.map(({ topologyKey }) => topologyKey);
  };
  assert.deepEqual(keys("spot"), [others.topologyKey]);
  assert.deepEqual(keys("regular"), [overPools(1).topologyKey, others.topologyKey]);
});
