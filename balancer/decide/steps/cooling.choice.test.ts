// Which pod leaves which hot node, and what the move says of itself.
import assert from "node:assert/strict";
import { type Move, emptyState } from "../../model.ts";
import { buildNode, buildPods, buildWorkload, minute, noon, withCpu } from "../../testing/builders.ts";
import { type Running, planFor, running } from "../../testing/deciding.ts";

const nodes = ["r1", "r2", "r3"].map((name) => buildNode("regular", name));
const size = (cpu: number) => ({ requests: { cpu, memory: 1000 } });
/** Two replicas in `demo`, whose pods may be evicted. */
const pair = (name: string, cpu: number, more: object = {}) =>
  buildWorkload(name, { replicas: 2, template: { ...size(cpu), ...more } });
/** What only loads its node. */
const rest = (name: string, cpu: number) => buildWorkload(name, { namespace: "other", template: size(cpu) });

const evicted = ({ evictions, source, nodes }: Move) => `${evictions[0]?.name} from ${source} to ${nodes[0]}`;
const moved = (list: Running[], parts: Parameters<typeof planFor>[0] = {}, policy?: string) =>
  planFor({ nodes, ...running(...list), ...parts }, policy).moves.map(evicted);
const from = (list: Running[], parts: Parameters<typeof planFor>[0] = {}) =>
  planFor({ nodes, ...running(...list), ...parts }).moves.map(({ evictions: [pod] }) => pod?.nodeName);

describe("the choice of what leaves a hot node", () => {
  const hot: Running[] = [
    [pair("a", 500), ["r1", "r3"], 1],
    [rest("load", 700), ["r1"], 1.8],
  ];

  it("says what it is: of our wish, where from, where to, and how far both are used", () => {
    const [move] = planFor({ nodes, ...running(...hot) }).moves;
    assert.ok(move);
    assert.deepEqual(
      { voluntary: move.voluntary, reason: move.reason, evidence: move.evidence },
      {
        voluntary: true,
        reason: "HotNode",
        evidence: { hotUtilization: 0.88, targetUtilizationAfter: 0.25 },
      },
    );
    assert.match(move.message, /^r1 is used at 88 %; on r2 the pod leads to 25 %$/);
  });

  it("is none where policy wants none", () => {
    assert.equal(moved(hot).length, 1);
    assert.deepEqual(moved(hot, {}, "{ namespaces: { demo: {} }, balance: { enabled: false } }"), []);
  });

  it("is none of what starts, which would only start again (kubernetes-sigs/descheduler#1475)", () => {
    const young = (seconds: number) => {
      const { workloads, pods } = running(...hot);
      return planFor({ nodes, workloads, pods: pods.map((pod) => ({ ...pod, createdAt: noon - seconds * 1000 })) }); // prettier-ignore
    };
    assert.deepEqual([young(299), young(300)].map(({ moves }) => moves.length), [0, 1]); // prettier-ignore
  });

  it("leaves no pod on a node that the autoscaler would drain for being of little use, since it would come back", () => {
    const minSize = (least?: number) => ({
      poolHealth: [{ pool: "regular", health: "Healthy" as const, backoff: false, minSize: least }],
    });
    const used = (requested: number): Running[] => [[rest("there", requested), ["r2"], 0.1], hot[0]!, [rest("load", 1400), ["r1"], 0.9]]; // prettier-ignore
    assert.deepEqual(moved(hot, minSize(2)), []);
    for (const least of [undefined, 3]) assert.equal(moved(hot, minSize(least)).length, 1, `${least}`);
    const beside = (requested: number) => moved(used(requested), minSize(1)).length;
    assert.deepEqual([beside(500), beside(499)], [1, 0], "1000 of 2000 are of use");
  });

  it("never stops an only replica, though it would find a cool node", () => {
    const single = buildWorkload("a", { template: size(500) });
    assert.deepEqual(moved([[single, ["r1"], 1], hot[1]!]), []);
  });

  it("begins with the hottest node, and among equals with the first by name", () => {
    const two = (loadOne: number, loadTwo: number): Running[] => [
      [pair("a", 500), ["r1", "r3"], 0.8],
      [pair("b", 500), ["r2", "r3"], 0.8],
      [rest("one", 700), ["r1"], loadOne],
      [rest("two", 700), ["r2"], loadTwo],
    ];
    const room = { nodes: [...nodes, buildNode("regular", "r4")] };
    assert.deepEqual(from(two(1.9, 2), room), ["r2"]);
    assert.deepEqual(from(two(2, 1.9), room), ["r1"]);
    assert.deepEqual(from(two(1.9, 1.9), room), ["r1"]);
    assert.deepEqual(from(two(1, 1.9), room), ["r2"]);
  });

  it("is hot from the mark on, and cool up to the other one", () => {
    const at = (load: number, there: number) =>
      moved([[pair("a", 500), ["r1", "r1"], 0.8], [rest("one", 400), ["r1"], load / 400], [rest("two", 100), ["r2"], there / 100]], { nodes: nodes.slice(0, 2) }).length; // prettier-ignore
    assert.deepEqual([at(800, 0), at(798, 0)], [1, 0], "1600 of 2000 are hot");
    assert.deepEqual([at(800, 600), at(800, 602)], [1, 0], "400 more than 600 of 2000 are cool");
  });

  it("takes the least important first, then what relieves most, then the first by name", () => {
    const important = { ...pair("a", 300), labels: { "spot-balancer/tier": "standard" } };
    const low = { ...pair("z", 300), labels: { "spot-balancer/tier": "low" } };
    const both = (one: Running, two: Running) => moved([one, two, [rest("load", 700), ["r1"], 1.8]]);
    // Were it idle it would go to spot instead; there is none.
    const [first] = both([important, ["r1", "r3"], 1], [low, ["r1", "r3"], 0.8]);
    assert.match(first!, /^z-0 /);
    const wide = (on: string[], cpu: number[]) => {
      const wider = buildWorkload("w", { replicas: on.length, template: size(200) });
      const pods = buildPods(wider, on).flatMap((pod, i) => withCpu([pod], cpu[i]! / 200));
      const load = running([rest("load", 700), ["r1"], 1.8]);
      return planFor({ nodes, workloads: [wider, ...load.workloads], pods: [...pods, ...load.pods] })
        .moves[0];
    };
    assert.equal(wide(["r1", "r1", "r3"], [150, 250, 10])?.evictions[0]?.name, "w-1");
    assert.equal(wide(["r1", "r1", "r3"], [200, 200, 10])?.evictions[0]?.name, "w-0");
  });

  it("passes over pods that do not run any more, or of which nothing is known", () => {
    const parts = running(...hot);
    const other = buildWorkload("b", { replicas: 2, template: size(100) });
    const gone = (changes: object) => {
      const pods = withCpu(buildPods(other, ["r1", "r3"]), 3).map((pod, i) => (i === 0 ? { ...pod, ...changes } : pod)); // prettier-ignore
      const tier = { ...other, labels: { "spot-balancer/tier": "low" } };
      return planFor({
        nodes,
        workloads: [...parts.workloads, tier],
        pods: [...parts.pods, ...pods],
      }).moves.map(evicted);
    };
    const rather = ["a-0 from r1 to r2"];
    assert.deepEqual(gone({}), ["b-0 from r1 to r2"]);
    assert.deepEqual(gone({ deletingAt: noon }), rather);
    assert.deepEqual(gone({ usage: undefined }), rather);
  });

  it("takes the next pod where the first may not go", () => {
    const low = { ...pair("z", 300), labels: { "spot-balancer/tier": "low" } };
    const list: Running[] = [[low, ["r1", "r3"], 1], ...hot];
    assert.deepEqual(moved(list), ["z-0 from r1 to r2"]);
    const selector = [{ key: "app", operator: "In" as const, values: ["z"] }];
    const spent = { namespace: "demo", name: "z", selector, disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2 }; // prettier-ignore
    assert.deepEqual(moved(list, { disruptionBudgets: [spent] }), ["a-0 from r1 to r2"]);
  });

  it("looks for the average of usage at the very minute in which it has forgotten", () => {
    const after = (milliseconds: number) =>
      moved(hot, { state: { ...emptyState, evictions: [{ workload: "Deployment/demo/gone", at: noon - milliseconds, hotNode: "r1" }] } }).length; // prettier-ignore
    assert.deepEqual([after(5 * minute), after(5 * minute - 1)], [1, 0]);
  });

  it("knows the nodes of a pool by what may be used: neither hot nor tempting is what takes nothing", () => {
    const cordoned = [{ ...nodes[0]!, cordoned: true }, nodes[1]!, nodes[2]!];
    assert.deepEqual(moved(hot, { nodes: cordoned }), [], "what is drained is not ours to relieve");
    const prefers = (name: string) => ({
      preferences: [{ weight: 9, nodes: [{ key: "kubernetes.io/hostname", operator: "In" as const, values: [name] }] }], // prettier-ignore
    });
    const list = (name: string): Running[] => [[pair("a", 500, prefers(name)), ["r1", "r2"], 1], hot[1]!];
    const system = buildNode("system", "x", { taints: [{ key: "only", value: "", effect: "NoSchedule" }] });
    const away = buildNode("regular", "y", { cordoned: true });
    for (const [name, more] of [
      ["x", system],
      ["y", away],
    ] as const)
      assert.equal(moved(list(name), { nodes: [...nodes, more] }).length, 1, `${name} draws nobody`);
    assert.equal(moved(list("r1")).length, 0);
  });

  it("goes to a node whose taints it bears, unless one advises against it", () => {
    const [taint, toleration] = [
      { key: "team", value: "a", effect: "NoSchedule" as const },
      { key: "team", operator: "Exists" as const },
    ];
    const tainted = [nodes[0]!, buildNode("regular", "r2", { taints: [taint] })];
    const list: Running[] = [[pair("a", 500, { tolerations: [toleration] }), ["r1", "r1"], 0.8], [rest("load", 400), ["r1"], 2.2]]; // prettier-ignore
    assert.deepEqual(moved(list, { nodes: tainted }), ["a-0 from r1 to r2"]);
  });

  it("takes pools by their names, not by those of their nodes", () => {
    const named = (pool: string, ...names: string[]) =>
      names.map((name) => buildNode("regular", name, { labels: { "kubernetes.azure.com/agentpool": pool } }));
    const wide = buildWorkload("wide", { replicas: 4, template: size(600) });
    const of = (first: string, second: string) =>
      from([[wide, ["r1", "r1", "s1", "s1"], 1.5]], { nodes: [...named(first, "r1", "r2"), ...named(second, "s1", "s2")] }); // prettier-ignore
    assert.deepEqual([of("a", "b"), of("b", "a")], [["r1"], ["s1"]]);
  });
});
