import assert from "node:assert/strict";
import type { DisruptionBudget, Plan, Workload } from "../model.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
} from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { DisruptionBudgets, SpotShares, rolloutDisruption } from "./budgets.ts";
import { type Candidate, buildWorld } from "./world.ts";

const nodes = ["r1", "r2"].map((name) => buildNode("regular", name));
/** A lost node in a pool beside a stable one: single pods get off it. */
const lost = buildNode("spot", "lost", {
  ready: false,
  labels: { "kubernetes.azure.com/agentpool": "second" },
});
const spot = [lost, buildNode("spot", "s1")];

const onSpot = (name: string, changes: WorkloadChanges = {}): Workload =>
  buildWorkload(name, { placement: "spot", replicas: 2, ...changes });

function budgetOver(team: string, disruptionsAllowed: number): DisruptionBudget {
  const selector = [{ key: "team", operator: "In" as const, values: [team] }];
  const health = { currentHealthy: 4, desiredHealthy: 4 - disruptionsAllowed };
  return { namespace: "demo", name: team, selector, disruptionsAllowed, ...health };
}

const inTeam = { template: { labels: { app: "x", team: "x" }, requests: { cpu: 100, memory: 1000 } } };
const evictions = ({ moves }: Plan) =>
  moves.map((move) => `${move.workload.name} ${move.reason} ${move.evictions.length}`);
const stays = ({ refusals }: Plan) => refusals.map(({ workload, reason }) => `${workload.name} ${reason}`);

describe("disruption budgets and evictions", () => {
  it("let as many pods off lost nodes as they allow, over all workloads that share one", () => {
    const workloads = running(
      [onSpot("a", inTeam), ["lost", "lost"]],
      [onSpot("b", inTeam), ["lost", "lost"]],
    );
    const plan = (allowed: number) =>
      planFor({ nodes: [...nodes, ...spot], ...workloads, disruptionBudgets: [budgetOver("x", allowed)] });
    assert.deepEqual(evictions(plan(4)), ["b SpotNodeLost 2", "a SpotNodeLost 2"]);
    assert.deepEqual(evictions(plan(3)), ["b SpotNodeLost 2", "a SpotNodeLost 1"]);
    assert.deepEqual(evictions(plan(1)), ["b SpotNodeLost 1"]);
    assert.deepEqual(stays(plan(1)), ["a DisruptionBudget"]);
    assert.deepEqual(evictions(plan(0)), []);
  });

  it("keep no pod that has not started, not even two of them, nor one that stands behind another that may not go", () => {
    const web = onSpot("web", { ...inTeam, replicas: 3 });
    const [ready, pending, other] = buildPods(web, ["lost", "lost", "s1"]);
    const pods = [ready!, { ...pending!, ready: false, pending: true }, other!];
    const disruptionBudgets = ["x", "all"].map((name) => ({ ...budgetOver("x", 1), name }));
    const { moves } = planFor({ nodes: [...nodes, ...spot], workloads: [web], pods, disruptionBudgets });
    assert.deepEqual(moves.map((move) => move.evictions.map(({ name }) => name)), [["web-1"]]); // prettier-ignore
  });

  it("count what a hot node's pod takes of them", () => {
    const second = { labels: { "kubernetes.azure.com/agentpool": "second" } };
    const pools = [...nodes, ...["t1", "t2"].map((name) => buildNode("regular", name, second))];
    const hot = (name: string) =>
      buildWorkload(name, {
        replicas: 2,
        template: { labels: { app: name, team: "x" }, requests: { cpu: 600, memory: 1000 } },
      });
    const workloads = running([hot("a"), ["r1", "r1"], 1.5], [hot("b"), ["t1", "t1"], 1.5]);
    const plan = (allowed: number) =>
      planFor({ nodes: pools, ...workloads, disruptionBudgets: [budgetOver("x", allowed)] });
    assert.deepEqual(evictions(plan(2)), ["a HotNode 1", "b HotNode 1"]);
    assert.deepEqual(evictions(plan(1)), ["a HotNode 1"]);
  });

  it("ask only for what is not down already: a rollout takes the pod first that does not serve", () => {
    const node = buildNode("spot", "lost", { conditions: ["PreemptionScheduled"] });
    const web = (available: number) =>
      onSpot("web", {
        ...{ replicas: 3, update: { maxUnavailable: 1 }, status: { available } },
        template: { labels: { app: "web", team: "x" } },
      });
    const plan = (available: number) =>
      planFor({
        nodes: [...nodes, node],
        ...running([web(available), ["lost", "lost", "lost"]]),
        disruptionBudgets: [budgetOver("x", 0)],
      });
    assert.deepEqual(evictions(plan(2)), ["web SpotNodeLost 0"]);
    assert.deepEqual(stays(plan(3)), ["web DisruptionBudget"]);
  });
});

describe("what disruption budgets allow", () => {
  const web = buildWorkload("web", { replicas: 3, ...inTeam });
  const of = (...disruptionBudgets: DisruptionBudget[]) =>
    ({ workload: web, disruptionBudgets }) as Candidate;
  const [one, two] = [budgetOver("x", 1), budgetOver("y", 2)];

  it("is the least of several for a rollout, and nothing for an eviction", () => {
    const books = new DisruptionBudgets();
    const both = of(two, one);
    assert.equal(books.objection(both, 1), undefined);
    assert.match(
      books.objection(both, 2)!.message,
      /take down 2 pods at once, disruption budget x allows 1$/,
    );
    assert.equal(books.left(both), 0);
    assert.match(
      books.evictionObjection(both, buildPods(web, ["r1"]))!.message,
      /^disruption budgets y, x select/,
    );
    assert.equal(books.left(of()), Infinity);
  });

  it("is what nobody has taken, and never less than nothing", () => {
    const books = new DisruptionBudgets();
    const [first, second] = [of(two), of(two)];
    books.take(first, 1);
    assert.deepEqual(
      [books.left(second), books.objection(second, 1), books.left(of(one))],
      [1, undefined, 1],
    );
    books.take(first, 2); // off a lost node more go than it allows
    assert.equal(books.left(second), 0);
    assert.equal(books.objection(second, 0), undefined, "who takes nothing down asks for nothing");
    const { message, evidence } = books.objection(second, 1)!;
    assert.match(message, /allows 0$/);
    assert.deepEqual(evidence, { disruptionBudget: "y", disruptions: 1, allowed: 0 });
    books.take(first, -3);
    assert.equal(books.left(second), 2);
  });

  it("counts no pod that is not ready where enough are, as the Eviction API does", () => {
    const [ready, ...others] = buildPods(web, ["r1", "r1", "r2"]);
    const pods = [ready!, ...others.map((pod) => ({ ...pod, ready: false }))];
    const allowed = (changes: Partial<DisruptionBudget>) => {
      const { pods: may, counted } = new DisruptionBudgets().allowed(of({ ...one, ...changes }), pods);
      return [may.map(({ name }) => name).join(), counted];
    };
    const all = ["web-0,web-1,web-2", 1];
    assert.deepEqual(allowed({ currentHealthy: 1, desiredHealthy: 1 }), all);
    assert.deepEqual(allowed({ currentHealthy: 0, desiredHealthy: 1, evictsUnhealthy: true }), all);
    assert.deepEqual(allowed({ currentHealthy: 0, desiredHealthy: 1 }), ["web-0", 1]);
    assert.deepEqual(allowed({ currentHealthy: 1, desiredHealthy: 0 }), ["web-0", 1]);
    assert.deepEqual(allowed({ disruptionsAllowed: 2, currentHealthy: 0, desiredHealthy: 1 }), [
      "web-0,web-1",
      2,
    ]);
  });
});

describe("the budget of moves", () => {
  it("counts each move once", () => {
    const list = running(
      ...["a", "b", "c"].map((name): [Workload, string[]] => [buildWorkload(name), ["r1"]]),
    );
    const moved = (budgets: string) =>
      planFor({ nodes: [...nodes, buildNode("spot", "s1")], ...list }, `{ namespaces: { demo: }, budgets: ${budgets} }`).moves.length; // prettier-ignore
    assert.deepEqual([moved("{ maxMovesPerRound: 2 }"), moved("{ maxMovesPerHour: 2 }")], [2, 2]);
  });

  it("counts what follows a template, one eviction after the other", () => {
    const memory = {
      ...{ lastMovedAt: noon - minute, lastMove: "ToSpot" as const, lastReason: "Idle" as const },
      ...{ recentMoves: [], failedReturns: 0 },
    };
    const following = (name: string) => onSpot(name, { kind: "ReplicaSet", memory });
    const parts = {
      nodes: [...nodes, buildNode("spot", "s1")],
      ...running([following("a"), ["r1", "r1"]], [following("b"), ["r1", "r1"]]),
    };
    const plan = (most: number) =>
      planFor(parts, `{ namespaces: { demo: }, budgets: { maxMovesPerRound: ${most} } }`);
    assert.deepEqual(evictions(plan(2)), ["b Following 1", "a Following 1"]);
    assert.deepEqual(evictions(plan(1)), ["b Following 1"]);
    assert.deepEqual(stays(plan(1)), ["a MoveBudgetRound"]);
  });

  it("is not asked to get off lost nodes, which count in the hour all the same", () => {
    const list = running([onSpot("a"), ["lost", "lost"]], [buildWorkload("idle"), ["r1"]]);
    const with_ = (budgets: string) =>
      planFor({ nodes: [...nodes, ...spot], ...list }, `{ namespaces: { demo: }, budgets: ${budgets} }`);
    assert.deepEqual(evictions(with_("{ maxMovesPerRound: 1 }")), ["a SpotNodeLost 2", "idle Idle 0"]);
    assert.deepEqual(evictions(with_("{ maxMovesPerHour: 1 }")), ["a SpotNodeLost 2"]);
    assert.deepEqual(stays(with_("{ maxMovesPerHour: 1 }")), ["idle MoveBudgetHour"]);
  });
});

describe("a rollout", () => {
  const replicas = 2;
  /** Of what may take five of its two pods down at once. */
  const down = (available: number, update = { maxUnavailable: 5 }) => {
    const web = buildWorkload("web", { replicas, update, status: { available } });
    return rolloutDisruption({ workload: web } as Candidate);
  };
  it("takes down no more pods than there are, nor those that are down already", () => {
    assert.deepEqual([down(2), down(1), down(0)], [2, 1, 0]);
    assert.deepEqual([down(2, { maxUnavailable: 1 }), down(1, { maxUnavailable: 1 }), down(3, { maxUnavailable: 1 })], [1, 0, 1]); // prettier-ignore
  });
});

describe("a namespace's share on spot", () => {
  const excess = (...workloads: Workload[]) => {
    const snapshot = buildSnapshot({ nodes, workloads });
    const world = buildWorld(snapshot, buildPolicy("namespaces: { demo: { maxSpotShare: 0 } }"), noon);
    return new SpotShares(world).excess(world.candidates[0]!)?.message;
  };
  const web = { ...onSpot("web", { replicas: 3 }), placement: "regular" as const };
  const shares = (maxSpotShare: number) => {
    const snapshot = buildSnapshot({ nodes, workloads: [web, onSpot("there", { replicas: 1 })] });
    const world = buildWorld(
      snapshot,
      buildPolicy(`namespaces: { demo: { maxSpotShare: ${maxSpotShare} } }`),
      noon,
    );
    return {
      books: new SpotShares(world),
      candidate: world.candidates.find(({ key }) => key.endsWith("web"))!,
    };
  };

  it("counts what is planned, and what is taken back of it", () => {
    const { books, candidate } = shares(0.5);
    assert.equal(books.objection(candidate, 1), undefined);
    const { message, evidence } = books.objection(candidate, 2)!;
    assert.equal(message, "75 % of the namespace's replicas would be on spot, at most 50 % may");
    assert.deepEqual(evidence, { maxSpotShare: 0.5, spotReplicas: 1, replicas: 3, namespaceReplicas: 4 });
    books.move(candidate, 2, 1);
    assert.equal(books.objection(candidate, 2)?.evidence?.["spotReplicas"], 3);
    const told = books.excess(candidate)!;
    assert.equal(told.reason, "ShareReached");
    assert.deepEqual(told.evidence, { maxSpotShare: 0.5, spotReplicas: 3, namespaceReplicas: 4 });
    books.move(candidate, 2, -1);
    assert.deepEqual([books.objection(candidate, 1), books.excess(candidate)], [undefined, undefined]);
  });

  it("is never too much where none is there, be it of nothing at all", () => {
    assert.equal(excess(buildWorkload("a"), onSpot("none", { replicas: 0 })), undefined);
    assert.equal(excess(onSpot("none", { replicas: 0 })), undefined);
    assert.equal(excess(onSpot("a")), "100 % of the namespace's replicas are on spot, at most 0 % may");
  });
});
