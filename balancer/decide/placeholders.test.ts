import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import type { Pod, Workload } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  noon,
  spotToleration,
  withCpu,
} from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { Placeholders } from "./placeholders.ts";
import { buildWorld } from "./world.ts";

const onSpotOnly = { "kubernetes.azure.com/scalesetpriority": "spot" };
const size = { requests: { cpu: 700, memory: 1000 } };

/** As k8s/placeholder, outside of what policy lists. */
const room = buildWorkload("room", {
  namespace: "placeholder",
  replicas: 2,
  template: {
    ...size,
    priority: -10,
    labels: { app: "room", "spot-balancer/placeholder": "true" },
    nodeSelector: onSpotOnly,
    tolerations: [spotToleration],
  },
});
const web = buildWorkload("web", { template: size });

/** `web` is idle, and two pods of somebody else's have the only spot node. */
const planBeside = (other: Workload) =>
  decide(
    buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
      workloads: [web, other],
      pods: [...withCpu(buildPods(web, ["r1"]), 0.02), ...buildPods(other, ["s1", "s1"])],
    }),
    buildPolicy(),
    noon,
  );

describe("placeholders", () => {
  it("are evicted for what moves to spot, as many as must, and of nodes without other room", () => {
    const movesWith = (spotNodes: string[], placeholders: Pod[]) =>
      decide(
        buildSnapshot({
          nodes: [buildNode("regular", "r1"), ...spotNodes.map((name) => buildNode("spot", name))],
          workloads: [web, room],
          pods: [...withCpu(buildPods(web, ["r1"]), 0.02), ...placeholders],
        }),
        buildPolicy(),
        noon,
      ).moves.map(
        ({ nodes, makesRoom = [] }) => `${nodes.join()} without ${makesRoom.map(({ name }) => name).join()}`,
      );
    assert.deepEqual(movesWith(["s1"], buildPods(room, ["s1", "s1"])), ["s1 without room-0"]);
    assert.deepEqual(movesWith(["s1", "s2"], buildPods(room, ["s1", "s1"])), ["s2 without "]);
  });

  it("are only those of our namespace: the label of anybody else's pods makes no room", () => {
    const labels = { "spot-balancer/placeholder": "true" };
    const theirs = buildWorkload("theirs", {
      namespace: "other",
      replicas: 2,
      template: { ...size, labels },
    });
    assert.deepEqual(planBeside(theirs).moves, []);
  });

  it("are evicted by name, in whatever order they were seen", () => {
    const two = buildPods(room, ["s1", "s1"]);
    const evicted = [two, two.toReversed()].map((placeholders) => {
      const snapshot = buildSnapshot({
        nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
        workloads: [web, room],
        pods: [...withCpu(buildPods(web, ["r1"]), 0.02), ...placeholders],
      });
      return decide(snapshot, buildPolicy(), noon).moves[0]?.makesRoom?.map(({ name }) => name);
    });
    assert.deepEqual(evicted, [["room-0"], ["room-0"]]);
  });

  it("are evicted by the first that comes to a node, where only a waiting pod counted on their room", () => {
    // Law 4 failed so: nobody evicts for the waiting pod, but its move took what is left of the placeholder's room.
    const large = buildWorkload("room", {
      namespace: "placeholder",
      template: { ...room.template, requests: { cpu: 2000, memory: 1000 } },
    });
    const waiting = buildWorkload("waiting", {
      placement: "spot",
      template: { requests: { cpu: 100, memory: 1 } },
    });
    const snapshot = buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
      workloads: [web, waiting, large],
      pods: [
        ...withCpu(buildPods(web, ["r1"]), 0.02),
        ...buildPods(waiting, [undefined]),
        ...buildPods(large, ["s1"]),
      ],
    });
    const { moves } = decide(snapshot, buildPolicy(), noon);
    assert.deepEqual(
      moves.map(({ workload, makesRoom }) => [workload.name, makesRoom?.map(({ name }) => name)]),
      [["web", ["room-0"]]],
    );
  });

  it("of others keep their room on spot: the scheduler preempts nobody for a pod that fits on regular", () => {
    const theirs = buildWorkload("theirs", {
      ...room,
      name: "theirs",
      template: { ...room.template, labels: {} },
    });
    const { refusals } = planBeside(theirs);
    assert.deepEqual(refusals.map(({ reason }) => reason), ["NoCapacityOnSpot"]); // prettier-ignore
  });

  it("of others are none of ours, whatever their labels say", () => {
    const forged = buildWorkload("forged", { ...room, name: "forged", namespace: "demo" });
    const { moves, refusals } = planBeside(forged);
    assert.deepEqual(moves, []);
    assert.ok(
      refusals.some(({ workload, reason }) => workload.name === "web" && reason === "NoCapacityOnSpot"),
    );
  });

  it("are evicted for their slot, too, where CPU and memory would do", () => {
    const keeper = buildWorkload("keeper", { namespace: "placeholder" });
    const labels = { "spot-balancer/placeholder": "true" };
    const moved = (slots: number) => {
      const spot = buildNode("spot", "s1", { allocatable: { cpu: 2000, memory: 2 ** 33, pods: slots } });
      const web = running([buildWorkload("web"), ["r1"]]);
      const pods = [...web.pods, ...buildPods(keeper, ["s1"], { workload: undefined, labels })];
      return planFor({ nodes: [buildNode("regular", "r1"), spot], workloads: web.workloads, pods }).moves;
    };
    const makesRoom = (slots: number) => moved(slots).map((move) => move.makesRoom?.map(({ name }) => name));
    assert.deepEqual([makesRoom(2), makesRoom(1), makesRoom(0)], [[undefined], [["keeper-0"]], []]);
  });
});

describe("the placeholders of a node", () => {
  const world = buildWorld(buildSnapshot({ nodes: [buildNode("spot", "s1")] }), buildPolicy(), noon);
  const view = world.nodes[0]!;
  const of = (cpu: number, pods: number) => ({ cpu, memory: 2 ** 40, pods });
  /** Three of 700 each, called in the wrong order. */
  const three = () => {
    const placeholders = new Placeholders();
    for (const name of ["c", "a", "b"]) placeholders.add(view, buildPods({ ...room, name }, ["s1"])[0]!);
    return placeholders;
  };
  const names = ({ evicted }: { evicted: Pod[] }) => evicted.map(({ name }) => name);

  it("go by their names, as many as must", () => {
    const placeholders = three();
    assert.deepEqual(placeholders.on(view), { cpu: 2100, memory: 3000, pods: 3 });
    assert.deepEqual(names(placeholders.makeRoom(view, of(2100, 3), false)), []);
    assert.deepEqual(names(placeholders.makeRoom(view, of(2099, 3), false)), ["a-0"]);
    assert.deepEqual(names(placeholders.makeRoom(view, of(2099, 1), false)), ["b-0"]);
    assert.deepEqual(names(placeholders.makeRoom(view, { ...of(2099, 1), memory: 999 }, false)), ["c-0"]);
    assert.deepEqual(placeholders.on(view), { cpu: 0, memory: 0, pods: 0 });
  });

  it("on whose room something counts that evicts nobody go with the next one, and again where that is taken back", () => {
    const placeholders = three();
    assert.deepEqual(names(placeholders.makeRoom(view, of(1400, 9), true)), []);
    const taken = placeholders.makeRoom(view, of(700, 9), false);
    assert.deepEqual(names(taken), ["a-0", "b-0"]);
    taken.restore();
    assert.deepEqual(placeholders.on(view).pods, 2);
    const kept = placeholders.makeRoom(view, of(700, 9), true);
    kept.restore();
    assert.deepEqual(names(placeholders.makeRoom(view, of(1400, 9), false)), ["a-0"]);
    assert.deepEqual(names(placeholders.makeRoom(view, of(700, 9), false)), ["b-0"], "each once");
  });
});
