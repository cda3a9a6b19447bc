import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import { type Node, type PodTemplate, type PoolHealth, emptyState } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  noon,
  withCpu,
} from "../testing/builders.ts";
import { askedInVain } from "./askedInVain.ts";
import { buildWorld } from "./world.ts";

const day = 24 * 60 * 60_000;
const zone = "topology.kubernetes.io/zone";
const inZone = (node: Node, name: string) => ({ ...node, labels: { ...node.labels, [zone]: name } });
const key = "Deployment/demo/web";

/** Two idle pods on a regular node each, in zones 1 and 2; spot has what `spot` says. */
function round(
  template: Partial<PodTemplate>,
  spot: Node[],
  askedInVain?: Record<string, number>,
  now = noon,
) {
  const web = buildWorkload("web", {
    replicas: 2,
    template: { ...template, requests: { cpu: 900, memory: 2 ** 20 } },
  });
  const regular = ["1", "2"].map((name) =>
    inZone(
      buildNode("regular", `r${name}`, { labels: { ...buildNode("regular", "").labels, disk: "ssd" } }),
      name,
    ),
  );
  const snapshot = buildSnapshot({
    nodes: [...regular, ...spot],
    workloads: [web],
    pods: withCpu(buildPods(web, ["r1", "r2"]), 0.02),
    ...(askedInVain && { state: { spotNodesByPool: {}, spotLosses: [], evictions: [], askedInVain } }),
  });
  const { ask, state, refusals } = decide(snapshot, buildPolicy(), now);
  const [refusal] = refusals;
  return {
    asked: ask?.create.length ?? 0,
    state: state.askedInVain,
    why: `${refusal?.reason}: ${refusal?.message}`,
  };
}

const spread = (topologyKey: string): Partial<PodTemplate> => ({
  topologySpread: [{ topologyKey, maxSkew: 1, selector: [] }],
});
const full = inZone(buildNode("spot", "s1", { allocatable: { cpu: 100, memory: 2 ** 36, pods: 9 } }), "1");
const empty = inZone(buildNode("spot", "s1", { allocatable: { cpu: 8000, memory: 2 ** 36, pods: 9 } }), "1");

describe("what spot nodes were asked for in vain", () => {
  const cases: [what: string, template: Partial<PodTemplate>, spot: Node][] = [
    ["a zone without a spot node", spread(zone), empty],
    ["a label", { nodeSelector: { disk: "ssd" } }, empty],
  ];
  for (const [what, template, spot] of cases)
    it(`is remembered: it lacks ${what}`, () => {
      const { asked, state } = round(template, [spot]);
      assert.deepEqual([asked, state], [0, { [key]: noon }]);
    });

  it("is nothing where only room is missing, or a taint keeps it off for now", () => {
    const taints = [{ key: "node.cilium.io/agent-not-ready", value: "", effect: "NoSchedule" as const }];
    assert.deepEqual(round(spread(zone), [full]).state, undefined);
    assert.deepEqual(round({}, [{ ...empty, taints }]).state, undefined);
  });

  it("is not asked for again for a day, and says why", () => {
    assert.equal(round(spread(zone), []).asked, 1);
    const { asked, state, why } = round(spread(zone), [], { [key]: noon - day + 1 });
    assert.deepEqual([asked, state], [0, { [key]: noon - day + 1 }]);
    assert.match(
      why,
      /^NoSpotNodes: there is no usable spot node; none is asked for: within the last day spot would not/,
    );
    assert.deepEqual(round(spread(zone), [], { [key]: noon - day }), { ...round(spread(zone), []) });
  });

  it("is asked for where there are such nodes now, without room; but zones say nothing of the next node's", () => {
    assert.equal(round({}, [full], { [key]: noon - 1 }).asked, 1);
    assert.equal(round(spread(zone), [full], { [key]: noon - 1 }).asked, 0);
    assert.equal(round(spread(zone), [full]).asked, 1);
  });

  const near = (app: string) => [
    { topologyKey: zone, selector: [{ key: "app", operator: "In" as const, values: [app] }], namespaces: [] },
  ];
  const again: [what: string, template: Partial<PodTemplate>, spot: Node[], asked: number][] = [
    ["where spot is empty, and may come with the same labels", { nodeSelector: { disk: "ssd" } }, [], 0],
    ["where there is only no room, beside its neighbors", { podAffinity: near("web") }, [full], 0],
    ["where it refuses others in a zone", { podAntiAffinity: near("db") }, [full], 0],
  ];
  for (const [what, template, spot, asked] of again)
    it(`is not asked for again ${what}`, () =>
      assert.deepEqual(
        [round(template, spot).asked, round(template, spot, { [key]: noon - 1 }).asked],
        [1, asked],
      ));

  it("is remembered from the last time on", () => {
    assert.deepEqual(round(spread(zone), [empty], { [key]: noon - 60_000 }).state, { [key]: noon });
  });

  it("is nothing where regular is what would not do", () => {
    const web = buildWorkload("web", { placement: "spot", template: { nodeSelector: { disk: "ssd" } } });
    const { state, refusals } = decide(
      buildSnapshot({
        nodes: [buildNode("regular", "r1"), buildNode("spot", "s1", { labels: { disk: "ssd" } })],
        workloads: [web],
        pods: withCpu(buildPods(web, ["s1"]), 0.9),
      }),
      buildPolicy(),
      noon,
    );
    assert.deepEqual([refusals[0]?.reason, state.askedInVain], ["NodeAffinity", undefined]);
  });

  it("is no more than a thousand, of which the first are those of now", () => {
    const workloads = Array.from({ length: 1001 }, (_, i) => buildWorkload(`w${i}`));
    const before = Object.fromEntries(workloads.map(({ name }) => [`Deployment/demo/${name}`, noon - 1]));
    const world = buildWorld(
      buildSnapshot({ workloads, state: { ...emptyState, askedInVain: before } }),
      buildPolicy(),
      noon,
    );
    const candidate = world.candidates.find(({ workload }) => workload.name === "w1000")!;
    const found = askedInVain(world, [
      { candidate, objection: { reason: "NoSpotNodes", message: "", inVain: true } },
    ]);
    const times = Object.entries(found ?? {});
    assert.deepEqual([times.length, times[0], times[1]], [1000, ["Deployment/demo/w1000", noon], ["Deployment/demo/w0", noon - 1]]); // prettier-ignore
  });

  it("is forgotten with its workload", () => {
    assert.deepEqual(round({}, [full], { "Deployment/demo/gone": noon - 1 }).state, undefined);
  });

  /** Two pods of 900 millicores on regular, and a spot pool of `nodes` of 1000, up to `maxSize`. */
  const beside = (
    nodes: number,
    maxSize: number | undefined,
    changes: Partial<PoolHealth> = {},
    more: PoolHealth[] = [],
  ) => {
    const web = buildWorkload("web", { replicas: 2, template: { requests: { cpu: 900, memory: 2 ** 20 } } });
    const full = buildWorkload("full", {
      namespace: "other",
      replicas: nodes,
      template: { requests: { cpu: 500, memory: 2 ** 20 } },
    });
    const allocatable = { cpu: 1000, memory: 2 ** 36, pods: 9 };
    const spot = Array.from({ length: nodes }, (_, i) => `s${i}`);
    const { ask, state, refusals } = decide(
      buildSnapshot({
        nodes: [
          ...["r1", "r2"].map((name) => buildNode("regular", name)),
          ...spot.map((name) => buildNode("spot", name, { allocatable })),
        ],
        workloads: [web, full],
        pods: withCpu([...buildPods(web, ["r1", "r2"]), ...buildPods(full, spot)], 0.02),
        poolHealth: [
          { pool: "spot", health: "Healthy", backoff: false, ...(maxSize && { maxSize }), ...changes },
          ...more,
        ],
      }),
      buildPolicy(
        "{ namespaces: { demo: {} }, pressure: { spot: { highUtilization: 0.95, lowUtilization: 0.7 } } }",
      ),
      noon,
    );
    const why = refusals.find(({ workload }) => workload.name === "web")?.message ?? "";
    return { asks: (ask?.create.length ?? 0) > 0, isKnown: Object.hasOwn(state.askedInVain ?? {}, key), why };
  };

  it("is nodes beyond the maximum of the pools, where they would be too few for the whole workload", () => {
    assert.deepEqual([beside(1, 3).asks, beside(1, 3).isKnown], [true, false]);
    const { asks, isKnown, why } = beside(1, 2);
    assert.deepEqual([asks, isKnown], [false, false], "others are in its way, and may go");
    assert.match(why, /; none is asked for: spot may have 2 nodes at most, too few for all of it$/);
    assert.deepEqual([beside(1, 1).asks, beside(1, 1).isKnown], [false, true], "also if they did");
    assert.ok(beside(1, undefined).asks, "nobody says how many there may be");
    assert.ok(!beside(2, 3).asks, "the water mark counts what others request");
  });

  it("is not said while another pool may be spot as well, and has no node", () => {
    assert.deepEqual(
      beside(1, 1, {}, [{ pool: "more", health: "Healthy", backoff: false, maxSize: 9 }]).isKnown,
      false,
    );
  });

  it("is not said of a pool with a group in trouble, whose maximum is what it has for now", () => {
    const groups = (trouble: Partial<PoolHealth>) =>
      beside(1, 1, { pool: "np-spot-zone-a" }, [
        { pool: "np-spot-zone-b", health: "Healthy", backoff: false, maxSize: 0, nodes: 0, ...trouble },
      ]);
    assert.deepEqual([groups({}).asks, groups({}).isKnown], [false, true]);
    for (const trouble of [{ backoff: true }, { health: "Unhealthy" }] as Partial<PoolHealth>[])
      assert.deepEqual([groups(trouble).asks, groups(trouble).isKnown], [true, false]);
  });
});
