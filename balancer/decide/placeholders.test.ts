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
