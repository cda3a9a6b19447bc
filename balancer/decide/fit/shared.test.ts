// What one workload that is planned leaves to the next, of every kind of room and rule; and that it leaves it all once it is not planned after all.
import assert from "node:assert/strict";
import type { Node, PodTemplate, RefusalReason } from "../../model.ts";
import { buildNode, buildPods, buildWorkload, gibibyte, withCpu } from "../../testing/builders.ts";
import { planFor } from "../../testing/deciding.ts";
import { appIs, movedTo, volumes } from "../../testing/refusals/case.ts";

const host = "kubernetes.io/hostname";
const team = [{ key: "team", operator: "In" as const, values: ["x"] }];
const sized = (requests: Partial<PodTemplate["requests"]>) => ({ requests: { cpu: 100, memory: 1000, ...requests } }); // prettier-ignore
const disk = { volumes: { ...volumes, emptyDir: false, attachments: new Map([["disk", 1]]) } };
interface Shared {
  /** Of each: one finds room on `s1`. */
  template: Partial<PodTemplate>;
  /** Bytes that each uses. */
  uses?: number;
  s1?: Partial<Node>;
  then: RefusalReason;
}
const cases: Record<string, Shared> = {
  CPU: { template: sized({ cpu: 1100 }), then: "NoCapacityOnSpot" },
  memory: { template: sized({ memory: 5 * gibibyte }), then: "NoCapacityOnSpot" },
  "memory in use": { template: sized({}), uses: 5 * gibibyte, then: "NoCapacityOnSpot" },
  "scratch space": {
    template: sized({ storage: 50 }),
    s1: { allocatable: { cpu: 2000, memory: 8 * gibibyte, pods: 30, storage: 60 } },
    then: "NoCapacityOnSpot",
  },
  slots: {
    template: sized({}),
    s1: { allocatable: { cpu: 2000, memory: 8 * gibibyte, pods: 1 } },
    then: "NoCapacityOnSpot",
  },
  "a port": { template: { ...sized({}), hostPorts: [80] }, then: "HostPort" },
  "volumes": { template: { ...sized({}), ...disk }, s1: { attachable: new Map([["disk", 1]]) }, then: "VolumeLimit" }, // prettier-ignore
  "a dislike": {
    template: { ...sized({}), podAntiAffinity: [{ topologyKey: host, selector: team, namespaces: [] }] },
    then: "AntiAffinity",
  },
  "a spread": {
    template: { ...sized({}), topologySpread: [{ topologyKey: host, maxSkew: 1, selector: team }] },
    then: "TopologySpread",
  },
};

const large = { allocatable: { cpu: 8000, memory: 32 * gibibyte, pods: 30 } };
const nodesWith = (s1: Partial<Node> = {}) => [
  ...["r1", "r2", "r3"].map((name) => buildNode("regular", name, large)),
  buildNode("spot", "s1", s1),
  // Keeps spot as a whole below its mark, and takes no pod.
  buildNode("spot", "s2", { allocatable: { cpu: 9000, memory: 99 * gibibyte, pods: 0 } }),
];
const member = (name: string, template: Partial<PodTemplate>) =>
  buildWorkload(name, { template: { ...template, labels: { app: name, team: "x" } } });

describe("room on a node is taken by what is planned there:", () => {
  for (const [what, { template, uses, s1, then }] of Object.entries(cases)) {
    const podsOf = (name: string, on: string, load: number) => {
      const workload = member(name, template);
      const pods = withCpu(buildPods(workload, [on]), load);
      const used = uses === undefined ? {} : { memory: uses };
      return { workload, pods: pods.map((pod) => ({ ...pod, usage: { ...pod.usage!, ...used } })) };
    };

    it(what, () => {
      const both = [podsOf("a", "r1", 0.02), podsOf("b", "r2", 0.02)];
      const { moves, refusals } = planFor({
        nodes: nodesWith(s1),
        workloads: both.map(({ workload }) => workload),
        pods: both.flatMap(({ pods }) => pods),
      });
      const said = [...moves, ...refusals].map(({ workload: { name }, reason }) => `${name} ${reason}`);
      assert.deepEqual(said, ["a Idle", `b ${then}`]);
    });

    it(`${what}, and free again when the plan is given up`, () => {
      // Of r1's two the second finds no room, so that neither goes; r2 is fuller, and the next to be emptied.
      const giant = buildWorkload("b", { template: sized({ memory: 9 * gibibyte }) });
      const agent = buildWorkload("agent", {
        kind: "DaemonSet",
        namespace: "x",
        template: sized({ cpu: 2800 }),
      });
      const kept = buildWorkload("kept", { namespace: "x", template: sized({ cpu: 3000 }) });
      const [a, c] = [podsOf("a", "r1", 0.2), podsOf("c", "r2", 0.2)];
      const { moves } = planFor({
        nodes: nodesWith(s1),
        workloads: [a.workload, giant, c.workload, agent, kept],
        pods: [
          ...[...a.pods, ...withCpu(buildPods(giant, ["r1"]), 0.2), ...c.pods],
          ...[...buildPods(agent, ["r2"]), ...buildPods(kept, ["r3"])],
        ],
        poolHealth: [{ pool: "regular", health: "Healthy", backoff: false, minSize: 1 }],
      });
      const said = moves.map(({ workload: { name }, reason, nodes }) => `${name} ${reason} ${nodes.join()}`);
      assert.deepEqual(said, ["c EmptyingNode s1"]);
    });
  }

  it("and by old pods, as before, where their workload finds none for the new ones", () => {
    // Of s1's 2000 there are 1300 taken, and 600 by the pod of `a` that is there; its other one is to follow.
    const split = { placement: "spot", replicas: 2, memory: movedTo("ToSpot", 300) } as const;
    const first = buildWorkload("a", { ...split, template: sized({ cpu: 600 }) });
    const next = buildWorkload("b", { template: sized({ cpu: 500 }) });
    const others = buildWorkload("o", { namespace: "x", template: sized({ cpu: 1300 }) });
    const pods = [
      ...withCpu([...buildPods(first, ["s1", "r1"]), ...buildPods(next, ["r1"])], 0.02),
      ...buildPods(others, ["s1"]),
    ];
    const { refusals } = planFor({ nodes: nodesWith(), workloads: [first, next, others], pods });
    assert.deepEqual(refusals.map(({ workload: { name }, reason }) => `${name} ${reason}`), ["a NoCapacityOnSpot", "b NoCapacityOnSpot"]); // prettier-ignore
  });

  it("of a placeholder's too, which stands again when the plan is given up", () => {
    const keeper = buildWorkload("p", { namespace: "placeholder" });
    const labels = { "spot-balancer/placeholder": "true" };
    const kept = buildPods(keeper, ["s1", "s1"], { workload: undefined, labels, requests: { cpu: 900, memory: 1 } }); // prettier-ignore
    const [a, giant, c] = [
      buildWorkload("a", { template: sized({ cpu: 1000 }) }),
      buildWorkload("b", { template: sized({ memory: 9 * gibibyte }) }),
      buildWorkload("c", { template: sized({ cpu: 1100 }) }),
    ];
    const agent = buildWorkload("agent", {
      kind: "DaemonSet",
      namespace: "x",
      template: sized({ cpu: 2800 }),
    });
    const busy = [...buildPods(a, ["r1"]), ...buildPods(giant, ["r1"]), ...buildPods(c, ["r2"])];
    const { moves } = planFor({
      nodes: nodesWith(),
      workloads: [a, giant, c, agent],
      pods: [...withCpu(busy, 0.2), ...buildPods(agent, ["r2"]), ...kept],
      poolHealth: [{ pool: "regular", health: "Healthy", backoff: false, minSize: 1 }],
    });
    const said = moves.map(({ workload, makesRoom }) => [workload.name, makesRoom?.map(({ name }) => name)]);
    assert.deepEqual(said, [["c", ["p-0"]]]);
  });

  it("and seen there by what wants to be near it", () => {
    const podAffinity = [{ topologyKey: host, selector: appIs("a"), namespaces: [] }];
    const [first, next] = [member("a", sized({})), member("b", { ...sized({}), podAffinity })];
    const pods = [first, next].flatMap((each) => withCpu(buildPods(each, ["r1"]), 0.02));
    const nodes = [...nodesWith(), buildNode("spot", "s0")];
    const { moves } = planFor({ nodes, workloads: [first, next], pods });
    const on = moves.map((move) => `${move.workload.name} ${move.nodes.join()}`);
    assert.deepEqual(on, ["a s0", "b s0"], "s1 would be the emptier one");
  });
});
