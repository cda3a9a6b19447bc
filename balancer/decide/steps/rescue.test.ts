import assert from "node:assert/strict";
import {
  type DisruptionBudget,
  type Move,
  type Plan,
  type Pod,
  type Workload,
  emptyState,
} from "../../model.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildWorkload,
  gibibyte,
  minute,
  noon,
  withCpu,
} from "../../testing/builders.ts";
import { planFor, running } from "../../testing/deciding.ts";
import { appIs, movedTo, zone } from "../../testing/refusals/case.ts";

const regular = buildNode("regular", "r1");
const spots = (count: number) => Array.from({ length: count }, (_, i) => buildNode("spot", `s${i + 1}`));
const condemned = (name: string, cordoned: boolean) =>
  buildNode("spot", name, { cordoned, conditions: ["VMEventScheduled"] });

const said = ({ moves, refusals }: Plan) => [
  ...moves.map(({ kind, reason, evictions }) =>
    [kind, reason, ...evictions.map(({ name }) => name)].join(" "),
  ),
  ...refusals.map(({ reason }) => reason),
];

it("All evictions of a move off lost nodes count in the budget that it shares with others", () => {
  const team = { template: { labels: { app: "team" } } };
  const old = buildWorkload("old", { ...team, kind: "ReplicaSet", placement: "spot", replicas: 2 });
  const api = buildWorkload("api", { ...team, placement: "spot", replicas: 2 });
  const { workloads, pods } = running([old, ["l1", "l1"]], [api, ["l2", "s1"]]);
  const evicted = (disruptionsAllowed: number) => {
    const budget = { namespace: "demo", name: "team", selector: appIs("team"), disruptionsAllowed, currentHealthy: 4, desiredHealthy: 1 }; // prettier-ignore
    const nodes = [regular, ...spots(1), condemned("l1", false), condemned("l2", true)];
    const { moves } = planFor({ nodes, workloads, pods, disruptionBudgets: [budget] });
    return moves.map(({ workload, evictions }) => `${workload.name} ${evictions.length}`);
  };
  assert.deepEqual([2, 3].map(evicted), [["old 2"], ["old 2", "api 1"]]); // prettier-ignore
});

it("A loss names three of the nodes, and how many more there are", () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `l${i + 1}`);
  const told = (count: number) => {
    const lost = names(count).map((name) => buildNode("spot", name, { ready: false }));
    const api = buildWorkload("api", { placement: "spot", replicas: count });
    const { moves } = planFor({ nodes: [regular, ...lost], ...running([api, names(count)]) });
    return /\((.*)\)/.exec(moves[0]?.message ?? "")?.[1]?.replaceAll(" not ready", "");
  };
  assert.deepEqual([3, 4, 5].map(told), ["l1, l2, l3", "l1, l2, l3 and 1 more", "l1, l2, l3 and 2 more"]);
});

describe("a pod that is not ready", () => {
  /** Of three, the one on a node that is not ready is not ready either. */
  function planWith(budgets: Partial<DisruptionBudget>[], pod: Partial<Pod>): string[] {
    const api = buildWorkload("api", { placement: "spot", replicas: 3, status: { available: 2 } });
    const pods = buildPods(api, ["s1", "s2", "lost"]).map((one, i) => (i === 2 ? { ...one, ...pod } : one));
    const disruptionBudgets = budgets.map((budget, i) => ({
      ...{ namespace: "demo", name: `budget-${i}`, selector: appIs("api"), disruptionsAllowed: 0 },
      ...{ currentHealthy: 2, desiredHealthy: 2, ...budget },
    }));
    const nodes = [regular, ...spots(10), buildNode("spot", "lost", { ready: false })];
    return said(planFor({ nodes, workloads: [api], pods: withCpu(pods, 0.02), disruptionBudgets }));
  }
  const evicted = ["Rebalance SpotNodeLost api-2"];
  const cases: [what: string, budgets: Partial<DisruptionBudget>[], pod: Partial<Pod>, said: string[]][] = [
    ["goes while its budget has enough healthy ones without it", [{}], { ready: false }, evicted],
    ["stays while there are too few", [{ currentHealthy: 1 }], { ready: false }, ["DisruptionBudget"]],
    ["stays where nobody knows how many it takes", [{ desiredHealthy: 0 }], { ready: false }, ["DisruptionBudget"]],
    ["goes where the budget always allows it", [{ currentHealthy: 1, evictsUnhealthy: true }], { ready: false }, evicted],
    ["stays where two budgets select it", [{}, {}], { ready: false }, ["DisruptionBudget"]],
    ["goes whatever budgets there are before it has started", [{}, {}], { ready: false, pending: true }, evicted],
    ["is another matter than one that is ready", [{}], { ready: true }, ["DisruptionBudget"]],
  ]; // prettier-ignore
  for (const [what, budgets, pod, expected] of cases) {
    it(what, () => assert.deepEqual(planWith(budgets, pod), expected));
  }
});

describe("pods on a lost node", () => {
  const size = { requests: { cpu: 600, memory: gibibyte / 4 } };
  const filler = (node: string, cpu: number): Parameters<typeof running>[0] => [
    buildWorkload(`filler-${node}`, { namespace: "other", template: { requests: { cpu, memory: 1000 } } }),
    [node],
  ];
  /** @param free CPU that each node has left */
  function planWith(free: Record<string, number>, cordoned = true): Plan {
    const names = Object.keys(free);
    const nodes = names.map((name) => (name.startsWith("s") ? buildNode("spot", name) : buildNode("regular", name)));
    const api = buildWorkload("api", { placement: "spot", replicas: 3, template: size });
    return planFor({
      nodes: [...nodes, condemned("lost", cordoned)],
      ...running([api, ["lost", "lost", "lost"]], ...names.map((name) => filler(name, 2000 - free[name]!))),
    });
  } // prettier-ignore

  it("leave as far as there is room, on spot first, then on regular", () => {
    const [move] = planWith({ s1: 700, s2: 100, r1: 700 }).moves;
    assert.deepEqual(move?.nodes, ["s1", "r1"]);
    assert.deepEqual(
      move.evictions.map(({ name }) => name),
      ["api-0", "api-1"],
    );
    assert.deepEqual(planWith({ s1: 1300, r1: 700 }).moves[0]?.nodes, ["s1", "s1", "r1"]);
  });

  it("stay when none finds room", () => {
    assert.deepEqual(said(planWith({ s1: 500, r1: 500 })), ["NoCapacityOnSpot"]);
  });

  it("stay where they might come back, and are told what stands against leaving as a whole", () => {
    assert.deepEqual(said(planWith({ s1: 700, r1: 700 }, false)), ["NoCapacityOnRegular"]);
  });
});

describe("a workload whose template change replaces no pod", () => {
  const heldBack: [what: string, changes: WorkloadChanges][] = [
    ["a paused rollout", { paused: true }],
    ["a StatefulSet with a partition", { kind: "StatefulSet", paused: true }],
    ["OnDelete", { kind: "StatefulSet", update: { type: "OnDelete" } }],
  ];
  const planOf = (web: Workload, ...nodes: ReturnType<typeof buildNode>[]) =>
    planFor({ nodes: [regular, ...nodes], ...running([web, [nodes[0]!.name]]) });

  for (const [what, changes] of heldBack) {
    const web = buildWorkload("web", { placement: "spot", memory: movedTo("ToSpot", 600), ...changes });
    it(`is evicted from a node with a taint that it does not tolerate, and stays where it does: ${what}`, () => {
      const key = "remediator.kubernetes.azure.com/unschedulable";
      const lost = condemned("lost", false);
      const node = { ...lost, taints: [...lost.taints, { key, effect: "NoSchedule" as const }] };
      assert.deepEqual(said(planOf(web, node)), ["Rebalance SpotNodeLost web-0"]);
      const tolerations = [...web.template.tolerations, { key, operator: "Exists" as const }];
      const bold = { ...web, template: { ...web.template, tolerations } };
      assert.deepEqual(said(planOf(bold, node)), ["WouldReturn"]);
    });
    it(`is evicted from a closed node, and stays on an open one: ${what}`, () => {
      assert.deepEqual(said(planOf(web, condemned("lost", true))), ["Rebalance SpotNodeLost web-0"]);
      const { moves, refusals } = planOf(web, condemned("lost", false));
      assert.deepEqual([moves.length, refusals[0]?.reason], [0, "WouldReturn"]);
      assert.match(refusals[0]!.message, /its rollout is held back/);
    });

    it(`is evicted when it was taken back before, and did not follow: ${what}`, () => {
      const back = { ...web, placement: "regular" as const, memory: movedTo("ToRegular", 5) };
      assert.deepEqual(said(planOf(back, condemned("lost", true))), ["Rebalance SpotNodeLost web-0"]);
      assert.equal(planOf(back, buildNode("spot", "s1")).moves.length, 0);
    });
  }

  it("is left alone where we have never moved it", () => {
    const web = buildWorkload("web", { paused: true });
    assert.equal(planOf(web, condemned("lost", true)).moves.length, 0);
  });
});

describe("a StatefulSet with a pod on spot that never gets ready", () => {
  const policy = "{ namespaces: { demo: {} }, statefulSets: { enabled: true } }";
  const update = { maxSurge: 0, maxUnavailable: 1 };
  const status = { updated: 1, available: 2 };
  function planOf(changes: WorkloadChanges, ...newPods: Partial<Pod>[]): Plan {
    const db = buildWorkload("db", { kind: "StatefulSet", replicas: 3, update, status, ...changes });
    const old = withCpu(buildPods(db, ["r1", "r1"].slice(newPods.length - 1)), 0.02);
    const made = newPods.map((changes, i) => {
      const name = `db-${3 - newPods.length + i}`;
      return buildPods(db, ["s1"], { name, uid: name, createdAt: noon - 11.5 * minute, ...changes })[0]!;
    });
    return planFor({ nodes: [regular, ...spots(2)], workloads: [db], pods: [...old, ...made] }, policy);
  }
  const onSpot: WorkloadChanges = { placement: "spot", memory: movedTo("ToSpot", 12) };
  const back: WorkloadChanges = { placement: "regular", memory: movedTo("ToRegular", 1) };

  it("is taken back, and the broken pod goes, so that the controller can go on", () => {
    assert.deepEqual(said(planOf(onSpot, { ready: false })), ["ToRegular MoveStuck db-2"]);
  });

  it("is taken back when an earlier new pod is fine, and the next one is not", () => {
    assert.deepEqual(said(planOf(onSpot, { ready: false }, { ready: true })), ["ToRegular MoveStuck db-1"]);
  });

  it("loses the broken pod later, where that could not be done at once", () => {
    const plan = planOf(back, { ready: false });
    assert.deepEqual(said(plan), ["Rebalance Following db-2"]);
    const [{ voluntary, message, evidence }] = plan.moves as [Move];
    // What mends a rollout asks no budget of moves.
    assert.deepEqual([voluntary, evidence], [false, { broken: 1 }]);
    assert.match(message, /^1 of its pods on spot are not ready/);
  });

  it("keeps pods that are ready, or came after the return", () => {
    assert.deepEqual(said(planOf(back, { ready: true })), ["RolloutInProgress"]);
    assert.deepEqual(said(planOf(back, { ready: false, createdAt: noon })), ["RolloutInProgress"]);
  });
});

describe("pods on lost nodes", () => {
  const closed = (changes: object = {}) => buildNode("spot", "s1", { ready: false, ...changes });
  const planOf = (changes: WorkloadChanges, node = closed(), on = ["s1"]) =>
    said(planFor({ nodes: [regular, buildNode("spot", "s2"), node], ...running([buildWorkload("web", changes), on]) })); // prettier-ignore

  it("are not evicted one by one where all of the workload is rolled away", () => {
    assert.deepEqual(planOf({ placement: "spot" }), ["ToRegular SpotNodeLost"]);
  });

  it("are left where an announced end has not come within a quarter of an hour, once they would be rolled", () => {
    const announced = closed({ ready: true, cordoned: true, conditions: ["VMEventScheduled"] });
    const plan = (at: number) =>
      said(planFor({
        nodes: [regular, buildNode("spot", "s2"), announced],
        ...running([buildWorkload("web", { placement: "spot" }), ["s1"]]),
        state: { ...emptyState, spotLosses: [{ node: "s1", pool: "spot", at }] },
      })); // prettier-ignore
    assert.deepEqual(plan(noon - 15 * minute + 1), ["ToRegular SpotNodeLost"]);
    assert.deepEqual(plan(noon - 15 * minute), ["Rebalance SpotNodeLost web-0"]);
  });

  it("of a workload that was never on spot are none of ours, though its rollout is held back", () => {
    assert.deepEqual(planOf({ paused: true }), ["Paused"]);
    assert.deepEqual(planOf({ paused: true, memory: movedTo("ToRegular", 10) }), [
      "Rebalance SpotNodeLost web-0",
    ]);
    assert.deepEqual(planOf({ memory: movedTo("ToRegular", 10) }), ["Cooldown"]);
  });
});

it("Pods that end do not count in a spread, as the scheduler has it (kubernetes-sigs/descheduler#618)", () => {
  const inZone = (name: string, of: string, changes = {}) => buildNode("spot", name, { ...changes, labels: { [zone]: of } }); // prettier-ignore
  const full = { allocatable: { cpu: 100, memory: gibibyte, pods: 30 } };
  const [a, b] = [["a1", "a2"].map((name) => inZone(name, "a")), inZone("b1", "b", full)];
  const lost = inZone("b2", "b", { cordoned: true, conditions: ["VMEventScheduled"] });
  const topologySpread = [{ topologyKey: zone, maxSkew: 1, selector: appIs("web") }];
  const web = buildWorkload("web", { placement: "spot", replicas: 3, template: { topologySpread } });
  const planWith = (changes: Partial<Pod>) => {
    const more = buildPods(web, ["a2"], { name: "web-more", uid: "more", ...changes });
    const pods = [...withCpu(buildPods(web, ["a1", "b1", "b2"]), 0.02), ...more];
    return planFor({ nodes: [...a, b, lost], workloads: [web], pods });
  };
  assert.deepEqual(said(planWith({ deletingAt: noon })), ["Rebalance SpotNodeLost web-2"]);
  assert.deepEqual(said(planWith({})), ["TopologySpread"]);
});

it("Pods count in a spread on nodes that theirs may go to, and not beside these in their zone", () => {
  const inZone = (name: string, of: string, disk: string, changes = {}) => buildNode("spot", name, { ...changes, labels: { [zone]: of, disk } }); // prettier-ignore
  const full = { allocatable: { cpu: 100, memory: gibibyte, pods: 30 } };
  const nodes = [
    ...[inZone("a1", "a", "ssd"), inZone("b1", "b", "ssd", full)],
    inZone("b2", "b", "ssd", { cordoned: true, conditions: ["VMEventScheduled"] }),
  ];
  const topologySpread = [{ topologyKey: zone, maxSkew: 1, selector: appIs("web") }];
  const web = buildWorkload("web", { placement: "spot", replicas: 4, template: { topologySpread, nodeSelector: { disk: "ssd" } } }); // prettier-ignore
  const planWith = (disk: string) =>
    planFor({ nodes: [...nodes, inZone("a2", "a", disk)], ...running([web, ["a2", "a2", "b1", "b2"]]) });
  assert.deepEqual(said(planWith("hdd")), ["Rebalance SpotNodeLost web-3"]);
  assert.deepEqual(said(planWith("ssd")), ["TopologySpread"]);
});
